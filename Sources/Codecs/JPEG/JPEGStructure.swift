import Raster

/// The segments of a JPEG file before its first scan.
struct JPEGStructure {
    enum ColorSpace: Sendable { case gray, yCbCr, rgb, cmyk, ycck }

    struct Component: Sendable {
        let id: UInt8
        let horizontal: Int
        let vertical: Int
    }

    private(set) var size = ImageSize(width: 0, height: 0)
    private(set) var components: [Component] = []
    private(set) var colorSpace = ColorSpace.gray
    private(set) var isProgressive = false
    private(set) var isArithmetic = false
    /// Components in the first scan; fewer than all means that the file has several scans.
    private(set) var firstScanComponents = 0
    /// Offset of the first scan's marker.
    private(set) var firstScan = 0
    /// The Adobe segment's transform: 0, 1 (YCbCr) or 2 (YCCK); nil without such a segment.
    private(set) var adobeTransform: UInt8?
    private(set) var hasJFIF = false
    private(set) var metadata = ImageMetadata()
    private(set) var warnings: [CodecWarning] = []

    var hasSeveralScans: Bool { isProgressive || firstScanComponents < components.count }

    /// Reads the segments of a file that begins with 0xffd8.
    init(_ file: FileWindow, limits: DecodeLimits) throws(CodecError) {
        var offset = 2
        var segments: [JPEGSegment] = []
        var count = 0
        var metadataBytes = 0
        var stray = 0
        while true {
            let marker = try JPEGStructure.nextMarker(file, &offset, stray: &stray)
            count += 1
            guard count <= limits.chunks else {
                throw .limit(.chunks, found: "more than \(limits.chunks)", allowed: "\(limits.chunks)")
            }
            switch marker {
            case 0x01, 0xd0...0xd7: continue
            case 0xd8: throw .malformed(.jpeg, detail: "a second beginning of a picture", offset: offset - 2)
            case 0xd9: throw .malformed(.jpeg, detail: "the picture ends before it began", offset: offset - 2)
            default: break
            }
            guard let high = try file.byte(at: offset), let low = try file.byte(at: offset + 1) else {
                throw JPEGStructure.endsEarly
            }
            let length = Int(high) << 8 | Int(low)
            guard length >= 2 else { throw .malformed(.jpeg, detail: "a segment of length \(length)", offset: offset) }
            guard offset + length <= file.length else { throw JPEGStructure.endsEarly }
            let begin = offset + 2
            offset += length
            switch marker {
            case 0xc0...0xc3, 0xc5...0xc7, 0xc9...0xcb, 0xcd...0xcf:
                try readFrame(marker, try file.bytes(at: begin, count: length - 2), at: begin, limits: limits)
            case 0xda:
                guard !components.isEmpty else {
                    throw .malformed(.jpeg, detail: "a scan before the frame header", offset: begin)
                }
                guard let scanned = try file.byte(at: begin), (1...4).contains(scanned) else {
                    throw .malformed(.jpeg, detail: "a scan header of wrong length", offset: begin)
                }
                firstScanComponents = Int(scanned)
                firstScan = begin - 4
                if stray > 0 { warnings.append(.init(.irregular, "\(stray) stray bytes between segments")) }
                chooseColorSpace()
                metadata = ImageMetadata(segments: segments)
                return
            case 0xe0...0xef, 0xfe:
                metadataBytes += length - 2
                guard metadataBytes <= limits.metadataBytes else {
                    throw .limit(.metadataBytes, found: "at least \(metadataBytes)", allowed: "\(limits.metadataBytes)")
                }
                let segment = JPEGSegment(marker: marker, data: try file.bytes(at: begin, count: length - 2))
                noteMarkers(segment)
                segments.append(segment)
            default: break  // tables, which libjpeg reads
            }
        }
    }

    private static let endsEarly = CodecError.truncated(.jpeg, detail: "the file ends inside its header", row: nil)

    /// The next marker's code; `offset` moves behind it. Bytes that belong to nothing are passed over, as libjpeg does.
    private static func nextMarker(_ file: FileWindow, _ offset: inout Int, stray: inout Int) throws(CodecError)
        -> UInt8
    {
        while true {
            guard let byte = try file.byte(at: offset) else { throw endsEarly }
            offset += 1
            guard byte == 0xff else {
                stray += 1
                continue
            }
            var code: UInt8 = 0xff
            while code == 0xff {
                guard let next = try file.byte(at: offset) else { throw endsEarly }
                code = next
                offset += 1
            }
            if code != 0 { return code }
            stray += 2
        }
    }

    private mutating func readFrame(_ marker: UInt8, _ data: [UInt8], at offset: Int, limits: DecodeLimits)
        throws(CodecError)
    {
        func fail(_ detail: String) -> CodecError { .malformed(.jpeg, detail: detail, offset: offset) }
        guard components.isEmpty else { throw fail("a second frame header") }
        guard data.count >= 6, data.count == 6 + 3 * Int(data[5]) else { throw fail("a frame header of wrong length") }
        let height = Int(data[1]) << 8 | Int(data[2])
        let width = Int(data[3]) << 8 | Int(data[4])
        switch marker {
        case 0xc0, 0xc1, 0xc2, 0xc9, 0xca: break
        case 0xc3, 0xcb: throw .unsupported(.jpeg, feature: "lossless coding")
        default: throw .unsupported(.jpeg, feature: "hierarchical coding")
        }
        guard data[0] == 8 else { throw .unsupported(.jpeg, feature: "samples of \(data[0]) bits") }
        guard height > 0 else { throw .unsupported(.jpeg, feature: "a height that only follows after the picture") }
        guard width > 0 else { throw fail("the width is 0") }
        guard [1, 3, 4].contains(data[5]) else { throw .unsupported(.jpeg, feature: "\(data[5]) components") }
        size = ImageSize(width: width, height: height)
        isProgressive = marker == 0xc2 || marker == 0xca
        isArithmetic = marker >= 0xc9
        components = try (0..<Int(data[5])).map { index throws(CodecError) in
            let sampling = data[7 + 3 * index]
            let (horizontal, vertical) = (Int(sampling >> 4), Int(sampling & 15))
            guard (1...4).contains(horizontal), (1...4).contains(vertical) else {
                throw fail("a sampling factor of \(horizontal)×\(vertical)")
            }
            return Component(id: data[6 + 3 * index], horizontal: horizontal, vertical: vertical)
        }
        try limits.check(size, bytesPerPixel: components.count == 1 ? 1 : 3)
        guard max(width, height) <= 65_500 else {
            throw .unsupported(.jpeg, feature: "a side of more than 65500 pixels (\(width)×\(height))")
        }
    }

    /// JFIF and Adobe segments say how the samples are to be understood.
    private mutating func noteMarkers(_ segment: JPEGSegment) {
        if segment.marker == 0xe0, segment.data.count >= 14, segment.data.starts(with: Array("JFIF\0".utf8)) {
            hasJFIF = true
        }
        if segment.marker == 0xee, segment.data.count >= 12, segment.data.starts(with: Array("Adobe".utf8)) {
            adobeTransform = segment.data[11]
        }
    }

    /// The rules of libjpeg.
    private mutating func chooseColorSpace() {
        switch components.count {
        case 1: colorSpace = .gray
        case 3:
            let ids = components.map(\.id)
            if hasJFIF {
                colorSpace = .yCbCr
            } else if let adobeTransform {
                colorSpace = adobeTransform == 0 ? .rgb : .yCbCr
            } else {
                colorSpace = ids == [82, 71, 66] ? .rgb : .yCbCr
            }
        default: colorSpace = adobeTransform == 2 ? .ycck : adobeTransform == nil || adobeTransform == 0 ? .cmyk : .ycck
        }
    }

    var encodingName: String {
        let color =
            switch colorSpace {
            case .gray: "gray"
            case .yCbCr: "YCbCr"
            case .rgb: "RGB"
            case .cmyk: "CMYK"
            case .ycck: "YCCK"
            }
        var parts = [color]
        if components.count > 1 {
            parts.append(components.map { "\($0.horizontal)x\($0.vertical)" }.joined(separator: ","))
        }
        parts.append(isProgressive ? "progressive" : hasSeveralScans ? "several scans" : "baseline")
        if isArithmetic { parts.append("arithmetic") }
        return parts.joined(separator: " ")
    }
}
