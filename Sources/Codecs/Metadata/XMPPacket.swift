/// The XML of an XMP packet, of which only single properties are looked at.
struct XMPPacket {
    private(set) var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func mentions(_ word: String) -> Bool { bytes.firstRange(of: Array(word.utf8)) != nil }

    /// With other numbers for properties that have one: `name="6"` or `<name>6</name>`.
    func replacing(_ properties: [(name: String, value: Int)]) -> XMPPacket {
        var result = bytes
        for (name, value) in properties {
            for opening in ["\(name)=\"", "\(name)='", "<\(name)>"] {
                let pattern = Array(opening.utf8)
                var start = result.startIndex
                while let found = result[start...].firstRange(of: pattern) {
                    let old = result[found.upperBound...].prefix { (0x30...0x39).contains($0) }
                    start = found.upperBound
                    if !old.isEmpty { result.replaceSubrange(old.indices, with: Array(String(value).utf8)) }
                }
            }
        }
        return XMPPacket(result)
    }
}

extension ImageMetadata.Entry {
    /// What stands before the packet in a JPEG segment.
    static let xmpIntroduction = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
    /// Keyword, no compression, no language, no translation.
    static let xmpChunkIntroduction = Array("XML:com.adobe.xmp\0\0\0\0\0".utf8)

    /// The packet of an XMP entry; nil where it cannot be read.
    var xmp: XMPPacket? {
        guard part == .xmp else { return nil }
        switch source {
        case .chunk(let type, let data, _):
            guard data.starts(with: Array("XML:com.adobe.xmp\0".utf8)) else { return nil }
            return PNGText(type, data).map { XMPPacket($0.utf8) }
        // What follows the introduction of an extended packet is no XML at first, which does not matter here.
        case .segments(let segments): return segments.first.map { XMPPacket($0.data) }
        }
    }

    /// The same entry with another packet; where nothing changes, or a segment has no room for it, the entry as it is.
    func replacingXMP(_ change: (XMPPacket) -> XMPPacket) -> Self {
        guard let packet = xmp, case let changed = change(packet).bytes, changed != packet.bytes else { return self }
        var result = self
        switch source {
        case .chunk(let type, _, let afterImage):
            result.source = .chunk(type: type, data: Self.xmpChunkIntroduction + changed, afterImage: afterImage)
        case .segments(let segments):
            guard let first = segments.first, changed.count <= JPEGSegment.capacity else { return self }
            result.source = .segments([JPEGSegment(marker: first.marker, data: changed)])
        }
        return result
    }
}
