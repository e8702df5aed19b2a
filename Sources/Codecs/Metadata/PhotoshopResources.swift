/// The image resources that Photoshop keeps in an APP13 segment; IPTC data are one of them.
///
/// Each is `8BIM`, a number, a name padded to an even length, a length, and data padded to an even length.
struct PhotoshopResources {
    private(set) var bytes: [UInt8]

    private static let introduction = Array("Photoshop 3.0\0".utf8)
    private static let signature = Array("8BIM".utf8)
    /// Of Photoshop 4 and of Photoshop 5 and later.
    private static let thumbnails: Set<Int> = [0x0409, 0x040c]

    /// Nil when the bytes begin as something else.
    init?(_ bytes: [UInt8]) {
        guard bytes.starts(with: Self.introduction) else { return nil }
        self.bytes = bytes
    }

    /// Removes the resources that hold a small copy of the picture. What cannot be followed is kept as it is.
    mutating func removeThumbnails() {
        var offset = Self.introduction.count
        while let (number, end) = resource(at: offset) {
            if Self.thumbnails.contains(number) {
                bytes.removeSubrange(offset..<end)
            } else {
                offset = end
            }
        }
    }

    private func resource(at offset: Int) -> (number: Int, end: Int)? {
        guard offset + 12 <= bytes.count, bytes[offset..<(offset + 4)].elementsEqual(Self.signature) else { return nil }
        let number = Int(bytes[offset + 4]) << 8 | Int(bytes[offset + 5])
        let nameLength = (1 + Int(bytes[offset + 6]) + 1) & ~1
        let lengthAt = offset + 6 + nameLength
        guard lengthAt + 4 <= bytes.count else { return nil }
        let length = bytes[lengthAt..<(lengthAt + 4)].reduce(0) { $0 << 8 | Int($1) }
        // The last resource may lack its padding.
        let end = min(lengthAt + 4 + (length + 1) & ~1, bytes.count)
        guard lengthAt + 4 + length <= bytes.count else { return nil }
        return (number, end)
    }
}

extension ImageMetadata.Entry {
    func removingPhotoshopThumbnails() -> Self {
        guard case .segments(let segments) = source, let first = segments.first,
            var resources = PhotoshopResources(first.data)
        else { return self }
        let before = resources.bytes.count
        resources.removeThumbnails()
        guard resources.bytes.count != before else { return self }
        var result = self
        result.source = .segments([JPEGSegment(marker: first.marker, data: resources.bytes)])
        return result
    }
}
