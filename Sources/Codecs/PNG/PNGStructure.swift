/// The chunks of a PNG file, read once from its beginning to its end without touching the image data.
struct PNGStructure {
    let header: PNGHeader
    /// 3 bytes for each entry.
    private(set) var palette: [UInt8] = []
    private(set) var transparency: [UInt8] = []
    private(set) var metadata = ImageMetadata()
    private(set) var warnings: [CodecWarning] = []
    /// From the first IDAT chunk's length to behind the last one's CRC, or to the end of a file that is too short.
    private(set) var imageData: Range<Int> = 0..<0
    /// Data bytes of all IDAT chunks.
    private(set) var compressedBytes = 0
    /// Bytes that compressed texts and the profile hold.
    private var inflatedMetadata = 0
    /// Why the file ends too early, if it does.
    private(set) var truncation: String?

    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    /// Reads the chunks of a file whose signature was checked.
    init(_ file: FileWindow, limits: DecodeLimits) throws(CodecError) {
        func fail(_ detail: String, _ offset: Int) -> CodecError { .malformed(.png, detail: detail, offset: offset) }
        guard let first = try PNGStructure.chunkHead(file, at: 8), file.length >= 8 + 12 + 13 else {
            throw .truncated(.png, detail: "the file ends inside its header", row: nil)
        }
        guard first.type == .ihdr else { throw fail("the first chunk is \(first.type), not IHDR", 8) }
        guard first.length == 13 else { throw fail("an IHDR chunk of \(first.length) bytes instead of 13", 8) }
        let headerData = try file.bytes(at: 16, count: 13)
        guard try file.word(at: 29) == crc32(.ihdr, headerData) else { throw fail("the CRC of IHDR is wrong", 29) }
        header = try PNGHeader(headerData, at: 16)
        let layout = header.layout(hasTransparency: false)
        try limits.check(header.size, bytesPerPixel: layout.count * header.sampleType.byteCount)
        try readChunks(file, from: 33, limits: limits)
        let expanded = header.layout(hasTransparency: !transparency.isEmpty)
        metadata.picture = DecodedFormat(size: header.size, layout: expanded, sampleType: header.sampleType)
    }

    private static func chunkHead(_ file: FileWindow, at offset: Int) throws(CodecError) -> (
        length: Int, type: ChunkType
    )? {
        guard let length = try file.word(at: offset), let code = try file.word(at: offset + 4) else { return nil }
        return (Int(length), ChunkType(code: code))
    }

    private mutating func readChunks(_ file: FileWindow, from begin: Int, limits: DecodeLimits) throws(CodecError) {
        var offset = begin
        var others = 0
        var metadataBytes = 0
        var imageDataEnded = false
        var hasPalette = false
        while true {
            guard let (length, type) = try PNGStructure.chunkHead(file, at: offset) else {
                return try endEarly(at: offset, "the file ends without an IEND chunk")
            }
            guard type.isValid else { throw .malformed(.png, detail: "a chunk's type is no word", offset: offset + 4) }
            guard length <= 0x7fff_ffff else {
                throw .malformed(.png, detail: "a \(type) chunk of \(length) bytes", offset: offset)
            }
            let end = offset + 12 + length
            if type == .idat {
                guard !imageDataEnded else {
                    throw .malformed(.png, detail: "the IDAT chunks are not in one sequence", offset: offset)
                }
                if imageData.isEmpty {
                    guard header.colorType != .palette || hasPalette else {
                        throw .malformed(.png, detail: "the palette is missing", offset: offset)
                    }
                    imageData = offset..<min(end, file.length)
                } else {
                    imageData = imageData.lowerBound..<min(end, file.length)
                }
                compressedBytes += min(length, max(0, file.length - offset - 8))
                guard end <= file.length else { return try endEarly(at: offset, "the file ends inside its image data") }
                offset = end
                continue
            }
            imageDataEnded = !imageData.isEmpty
            guard end <= file.length else { return try endEarly(at: offset, "the file ends inside a \(type) chunk") }
            if type == .iend {
                guard imageDataEnded else { throw .malformed(.png, detail: "there are no image data", offset: offset) }
                if try file.word(at: offset + 8 + length)
                    != crc32(.iend, try file.bytes(at: offset + 8, count: length))
                {
                    warnings.append(.init(.irregular, "the CRC of IEND is wrong"))
                }
                if length != 0 { warnings.append(.init(.irregular, "IEND is not empty")) }
                if end < file.length {
                    warnings.append(.init(.irregular, "\(file.length - end) bytes follow the end of the picture"))
                }
                return
            }
            others += 1
            guard others <= limits.chunks else {
                throw .limit(.chunks, found: "more than \(limits.chunks)", allowed: "\(limits.chunks)")
            }
            metadataBytes += length
            guard metadataBytes <= limits.metadataBytes else {
                throw .limit(.metadataBytes, found: "at least \(metadataBytes)", allowed: "\(limits.metadataBytes)")
            }
            let data = try file.bytes(at: offset + 8, count: length)
            let isSound = try file.word(at: end - 4) == crc32(type, data)
            if type.isCritical {
                guard isSound else { throw .malformed(.png, detail: "the CRC of \(type) is wrong", offset: offset) }
                guard type == .plte else {
                    let what = type == .ihdr ? "a second IHDR chunk" : "an unknown critical chunk, \(type)"
                    throw .malformed(.png, detail: what, offset: offset)
                }
                guard !hasPalette, !imageDataEnded else {
                    throw .malformed(.png, detail: "a PLTE chunk out of place", offset: offset)
                }
                hasPalette = true
                try takePalette(data, at: offset)
            } else if !isSound {
                warnings.append(.init(.metadata, "the CRC of \(type) is wrong; the chunk is left out"))
            } else if let fault = fault(of: type, length: length) {
                warnings.append(.init(.metadata, "\(fault); the chunk is left out"))
            } else if type == .trns {
                takeTransparency(data, hasPalette: hasPalette, isLate: imageDataEnded)
            } else if let kept = keptData(type, data, limits: limits) {
                metadata.entries.append(
                    .init(
                        part: .init(type, data), source: .chunk(type: type, data: kept, afterImage: imageDataEnded)))
            }
            offset = end
        }
    }

    /// A file that ends before its first sample is refused in any case.
    private mutating func endEarly(at offset: Int, _ reason: String) throws(CodecError) {
        guard compressedBytes > 0 else { throw .truncated(.png, detail: reason, row: 0) }
        truncation = reason
    }

    /// Why a chunk with the right CRC would make no sound file all the same.
    private func fault(of type: ChunkType, length: Int) -> String? {
        if type.isReserved { return "the name of \(type) is not allowed yet" }
        if let wanted = type.fixedLength, length != wanted { return "\(type) has \(length) bytes instead of \(wanted)" }
        let isSecond = metadata.entries.contains {
            if case .chunk(type, _, _) = $0.source { true } else { false }
        }
        return type.isSingle && isSecond ? "a second \(type)" : nil
    }

    /// The data of an ancillary chunk as they are kept with the expanded picture; nil to leave the chunk out.
    private mutating func keptData(_ type: ChunkType, _ data: [UInt8], limits: DecodeLimits) -> [UInt8]? {
        let scale = [1: 255, 2: 85, 4: 17][header.bitDepth] ?? 1
        switch type {
        case .bkgd where header.colorType == .palette:
            guard data.count == 1, case let start = 3 * Int(data[0]), start + 3 <= palette.count else { return nil }
            return palette[start..<(start + 3)].flatMap { [0, $0] }
        case .bkgd where header.colorType == .gray:
            guard data.count == 2, data[0] == 0 || scale == 1 else { return nil }
            return [data[0], UInt8(truncatingIfNeeded: Int(data[1]) * scale)]
        case .bkgd: return data.count == 2 * header.layout(hasTransparency: false).colorCount ? data : nil
        case .sbit:
            let layout = header.layout(hasTransparency: !transparency.isEmpty)
            let hasStoredAlpha = header.layout(hasTransparency: false).hasAlpha
            guard data.count == layout.colorCount + (hasStoredAlpha ? 1 : 0) else { return nil }
            return data + (layout.hasAlpha && !hasStoredAlpha ? [8] : [])
        case .hist: return nil  // of a palette that is gone
        case .actl:
            let count = data[..<4].reduce(0) { $0 << 8 | Int($1) }
            if count != 1 {
                warnings.append(
                    .init(.metadata, "an animation of \(count) pictures is left out; the still picture is read"))
            }
            return nil
        case .iccp, .ztxt, .itxt:
            guard let stream = compressedPart(type, data) else { return data }
            do {
                inflatedMetadata += try Deflate.inflate(stream, limit: limits.inflatedMetadataBytes - inflatedMetadata)
                    .count
                return data
            } catch .tooLarge {
                inflatedMetadata = limits.inflatedMetadataBytes
                warnings.append(
                    .init(
                        .metadata,
                        "\(type) is left out: texts and profile inflate to more than \(limits.inflatedMetadataBytes) "
                            + "bytes (limits.inflatedMetadataBytes)"))
            } catch {
                warnings.append(.init(.metadata, "\(type) is left out: its compressed data are malformed"))
            }
            return nil
        default:
            return type.isSafeToCopy || ImageMetadata.Part(type, data) != .other || type == .splt ? data : nil
        }
    }

    /// The zlib stream inside a chunk; nil when there is none.
    private func compressedPart(_ type: ChunkType, _ data: [UInt8]) -> ArraySlice<UInt8>? {
        guard let end = data.firstIndex(of: 0) else { return nil }
        if type != .itxt { return data.dropFirst(end + 2) }
        guard end + 2 < data.count, data[end + 1] == 1 else { return nil }
        var rest = data.dropFirst(end + 3)
        for _ in 0..<2 {
            guard let end = rest.firstIndex(of: 0) else { return nil }
            rest = rest[(end + 1)...]
        }
        return rest
    }

    private mutating func takePalette(_ data: [UInt8], at offset: Int) throws(CodecError) {
        let count = data.count / 3
        guard header.colorType == .palette else {
            // A suggestion for displays of few colours; it says nothing about the samples.
            if header.storedChannels < 3 { warnings.append(.init(.irregular, "a gray picture with a palette")) }
            return
        }
        guard data.count % 3 == 0, count >= 1, count <= 256 else {
            throw .malformed(.png, detail: "a palette of \(data.count) bytes", offset: offset)
        }
        if count > 1 << header.bitDepth {
            warnings.append(.init(.irregular, "the palette has more colours than \(header.bitDepth) bits can name"))
        }
        palette = Array(data.prefix(3 << header.bitDepth))
    }

    private mutating func takeTransparency(_ data: [UInt8], hasPalette: Bool, isLate: Bool) {
        let isFitting =
            switch header.colorType {
            case .gray: data.count == 2
            case .rgb: data.count == 6
            case .palette: hasPalette && data.count >= 1 && data.count <= palette.count / 3
            case .grayAlpha, .rgba: false
            }
        guard isFitting, !isLate, transparency.isEmpty else {
            warnings.append(.init(.irregular, "a tRNS chunk of \(data.count) bytes is wrong here and is left out"))
            return
        }
        transparency = data
    }
}
