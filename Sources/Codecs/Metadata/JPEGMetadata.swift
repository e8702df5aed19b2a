extension ImageMetadata {
    /// Sorts the segments of a JPEG. Those that describe the coding (JFIF, Adobe) or point into the file (MPF) are not
    /// metadata of the picture and are left out; JFIF's density is kept.
    init(segments: [JPEGSegment]) {
        var profile: [JPEGSegment] = []
        for segment in segments {
            let part: Part
            switch segment.marker {
            case 0xe0:
                guard segment.begins("JFIF\0"), segment.data.count >= 12 else { continue }
                part = .density
            case 0xe1 where segment.begins("Exif\0\0"): part = .exif
            case 0xe1 where segment.begins("http://ns.adobe.com/"): part = .xmp
            case 0xe2 where segment.begins("ICC_PROFILE\0"):
                profile.append(segment)
                continue
            case 0xe2 where segment.begins("MPF\0"): continue
            case 0xed: part = .iptc
            case 0xee where segment.begins("Adobe"): continue
            case 0xfe: part = .text
            default: part = .other
            }
            entries.append(.init(part: part, source: .segments([segment])))
        }
        if !profile.isEmpty { entries.append(.init(part: .icc, source: .segments(profile))) }
    }

    /// The segments to write into a JPEG of `picture`, without density, which goes into the JFIF segment. Segments from a
    /// JPEG stay byte for byte; PNG chunks are translated. What has no place is told in `dropped`.
    func segments(for picture: DecodedFormat, dropped: inout [CodecWarning]) -> [JPEGSegment] {
        var result: [JPEGSegment] = []
        for entry in entries where entry.part != .density {
            if entry.part == .icc, !profileFits(picture) {
                dropped.append(.init(.metadata, "the colour profile is for other channels and is left out"))
                continue
            }
            switch entry.source {
            case .segments(let segments): result += segments
            case .chunk(let type, let data, _):
                if let segments = translate(entry, type, data) {
                    result += segments
                } else {
                    dropped.append(.init(.metadata, "a JPEG has no place for the \(type) chunk of a PNG"))
                }
            }
        }
        return result
    }

    private func translate(_ entry: Entry, _ type: ChunkType, _ data: [UInt8]) -> [JPEGSegment]? {
        func one(_ marker: UInt8, _ data: [UInt8]) -> [JPEGSegment]? {
            data.count <= JPEGSegment.capacity ? [JPEGSegment(marker: marker, data: data)] : nil
        }
        switch type {
        case .exif: return one(0xe1, Array("Exif\0\0".utf8) + (entry.exif ?? []))
        case .iccp: return profile.flatMap(profileSegments)
        case .srgb: return []  // what a JPEG without a profile means
        case .itxt where entry.part == .xmp:
            guard let text = PNGText(type, data) else { return nil }
            return one(0xe1, Array("http://ns.adobe.com/xap/1.0/\0".utf8) + text.utf8)
        case .text, .ztxt, .itxt:
            guard let text = PNGText(type, data) else { return nil }
            return one(0xfe, text.keyword == "Comment" ? text.utf8 : Array("\(text.keyword): ".utf8) + text.utf8)
        default: return nil
        }
    }

    /// A profile in as many segments as it needs; each says which of how many it is.
    private func profileSegments(_ profile: [UInt8]) -> [JPEGSegment]? {
        let introduction = Array("ICC_PROFILE\0".utf8)
        let room = JPEGSegment.capacity - introduction.count - 2
        let count = (profile.count + room - 1) / room
        guard count <= 255 else { return nil }
        return (0..<count).map { index in
            let part = profile[(index * room)..<min(profile.count, (index + 1) * room)]
            return JPEGSegment(marker: 0xe2, data: introduction + [UInt8(index + 1), UInt8(count)] + part)
        }
    }
}
