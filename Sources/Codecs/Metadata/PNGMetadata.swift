import Raster

/// A chunk to be written.
struct PNGChunk: Sendable, Equatable {
    var type: ChunkType
    var data: [UInt8]
    var afterImage: Bool
}

extension ImageMetadata.Part {
    /// What a chunk is about; XMP is a text with a certain keyword.
    init(_ type: ChunkType, _ data: [UInt8]) {
        switch type {
        case .exif: self = .exif
        case .iccp: self = .icc
        case .cicp, .mdcv, .clli: self = .cicp
        case .srgb: self = .srgb
        case .gama, .chrm: self = .gamma
        case .phys: self = .density
        case .itxt where data.starts(with: Array("XML:com.adobe.xmp\0".utf8)): self = .xmp
        case .text, .ztxt, .itxt: self = Self.ofRawProfile(data) ?? .text
        case .time: self = .time
        default: self = .other
        }
    }
}

extension ImageMetadata.Part {
    /// What a text of ImageMagick holds: it writes whole blocks of metadata as hexadecimal digits.
    private static func ofRawProfile(_ data: [UInt8]) -> Self? {
        let introduction = Array("Raw profile type ".utf8)
        guard data.starts(with: introduction) else { return nil }
        switch String(decoding: data.dropFirst(introduction.count).prefix { $0 != 0 }, as: UTF8.self).lowercased() {
        case "exif", "app1": return .exif
        case "iptc", "8bim": return .iptc
        case "xmp": return .xmp
        default: return nil
        }
    }
}

extension ImageMetadata {
    /// The chunks to write into a PNG of `picture`. Chunks from a PNG stay byte for byte; JPEG segments are translated.
    /// What has no place is told in `dropped`.
    ///
    /// - `bitDepth`: where samples have fewer bits than the picture's type.
    func chunks(for picture: DecodedFormat, bitDepth: Int? = nil, dropped: inout [CodecWarning]) -> [PNGChunk] {
        var result: [PNGChunk] = []
        for entry in entries {
            if entry.part == .icc, !profileFits(picture) {
                dropped.append(.init(.metadata, "the colour profile is for other channels and is left out"))
                continue
            }
            switch entry.source {
            case .chunk(let type, let data, let afterImage):
                if type.dependsOnSamples,
                    self.picture?.layout != picture.layout
                        || self.picture?.sampleType != picture.sampleType || bitDepth != nil
                {
                    dropped.append(.init(.metadata, "the \(type) chunk is for other channels and is left out"))
                } else {
                    result.append(PNGChunk(type: type, data: data, afterImage: afterImage))
                }
            case .segments(let segments):
                if let chunk = translate(entry, segments),
                    !(chunk.type.isSingle && result.contains { $0.type == chunk.type })
                {
                    result.append(chunk)
                } else {
                    dropped.append(.init(.metadata, "a PNG has no place for a segment of a JPEG (\(entry.part))"))
                }
            }
        }
        return result
    }

    private func translate(_ entry: Entry, _ segments: [JPEGSegment]) -> PNGChunk? {
        func chunk(_ type: ChunkType, _ data: [UInt8]) -> PNGChunk {
            PNGChunk(type: type, data: data, afterImage: false)
        }
        guard let first = segments.first else { return nil }
        switch entry.part {
        case .exif: return entry.exif.map { chunk(.exif, $0) }
        case .icc:
            guard let packed = profile.flatMap({ Deflate.deflate($0) }) else { return nil }
            return chunk(.iccp, Array("ICC profile\0\0".utf8) + packed)
        case .density:
            guard let density = PixelDensity(jfif: first.data) else { return nil }
            return chunk(.phys, density.physical)
        case .xmp:
            guard first.data.starts(with: Entry.xmpIntroduction) else { return nil }
            return chunk(.itxt, Entry.xmpChunkIntroduction + first.data.dropFirst(Entry.xmpIntroduction.count))
        case .text:
            let text = String(decoding: first.data.prefix { $0 != 0 }, as: UTF8.self)
            return chunk(.itxt, Array("Comment\0\0\0\0\0".utf8) + Array(text.utf8))
        default: return nil
        }
    }
}

/// A PNG's text chunk.
struct PNGText: Sendable, Equatable {
    let keyword: String
    /// The text itself.
    let utf8: [UInt8]

    /// Nil when the chunk is malformed.
    init?(_ type: ChunkType, _ data: [UInt8]) {
        guard let end = data.firstIndex(of: 0), (1...79).contains(end) else { return nil }
        keyword = latin1(data[..<end])
        var rest = data[(end + 1)...]
        let limit = Deflate.checkedLimit
        switch type {
        case .text: utf8 = Array(latin1(rest).utf8)
        case .ztxt:
            guard rest.first == 0, let text = try? Deflate.inflate(rest.dropFirst(), limit: limit) else { return nil }
            utf8 = Array(latin1(text[...]).utf8)
        default:
            guard rest.count >= 2 else { return nil }
            let isCompressed = rest[rest.startIndex] == 1
            rest = rest.dropFirst(2)
            // Language tag and translated keyword.
            for _ in 0..<2 {
                guard let end = rest.firstIndex(of: 0) else { return nil }
                rest = rest[(end + 1)...]
            }
            guard isCompressed else {
                utf8 = Array(rest)
                return
            }
            guard let text = try? Deflate.inflate(rest, limit: limit) else { return nil }
            utf8 = text
        }
    }
}

private func latin1(_ bytes: ArraySlice<UInt8>) -> String {
    String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
}
