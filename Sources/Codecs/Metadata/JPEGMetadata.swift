extension ImageMetadata {
    /// Sorts the segments of a JPEG. Those that describe the coding (JFIF, Adobe) or point into the file (MPF) are not
    /// metadata of the picture and are left out; JFIF's density is kept.
    init(segments: [JPEGSegment]) {
        var profile: [JPEGSegment] = []
        for segment in segments {
            let kind: Kind
            switch segment.marker {
            case 0xe0:
                guard segment.begins("JFIF\0"), segment.data.count >= 12 else { continue }
                kind = .density
            case 0xe1 where segment.begins("Exif\0\0"): kind = .exif
            case 0xe1 where segment.begins("http://ns.adobe.com/"): kind = .xmp
            case 0xe2 where segment.begins("ICC_PROFILE\0"):
                profile.append(segment)
                continue
            case 0xe2 where segment.begins("MPF\0"): continue
            case 0xed: kind = .iptc
            case 0xee where segment.begins("Adobe"): continue
            case 0xfe: kind = .text
            default: kind = .other
            }
            if kind == .xmp, let last = entries.indices.last, case .segments(let parts) = entries[last].source,
                entries[last].kind == .xmp
            {
                entries[last].source = .segments(parts + [segment])
            } else {
                entries.append(.init(kind: kind, source: .segments([segment])))
            }
        }
        if !profile.isEmpty { entries.append(.init(kind: .icc, source: .segments(profile))) }
    }

    /// The EXIF orientation, 1...8; nil when there is none.
    var orientation: Int? {
        for entry in entries where entry.kind == .exif {
            if let orientation = entry.exif.flatMap({ Exif($0) })?.orientation { return orientation }
        }
        return nil
    }
}

extension JPEGSegment {
    func begins(_ text: String) -> Bool { data.starts(with: Array(text.utf8)) }
}

extension ImageMetadata.Entry {
    /// The TIFF structure of an EXIF entry.
    var exif: [UInt8]? {
        guard kind == .exif else { return nil }
        switch source {
        case .chunk(_, let data, _):
            // Some writers put JPEG's introduction before it.
            return data.starts(with: Array("Exif\0\0".utf8)) ? Array(data.dropFirst(6)) : data
        case .segments(let segments): return segments.first.map { Array($0.data.dropFirst(6)) }
        }
    }
}
