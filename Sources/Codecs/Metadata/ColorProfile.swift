import Raster

extension ImageMetadata {
    /// The bytes of the embedded ICC profile; nil when there is none, or it is incomplete.
    public var profile: [UInt8]? {
        guard let entry = entries.first(where: { $0.part == .icc }) else { return nil }
        switch entry.source {
        case .chunk(_, let data, _):
            // A name, a zero, the compression method (0), a zlib stream.
            guard let end = data.firstIndex(of: 0), end + 2 <= data.count, data[end + 1] == 0 else { return nil }
            return try? Deflate.inflate(data[(end + 2)...], limit: Deflate.checkedLimit)
        case .segments(let segments):
            // Each segment says which of how many it is; they may come in any order.
            guard let count = segments.first.flatMap({ $0.data.count >= 14 ? $0.data[13] : nil }) else { return nil }
            var parts = [ArraySlice<UInt8>?](repeating: nil, count: Int(count))
            for segment in segments {
                guard segment.data.count >= 14, segment.data[13] == count,
                    (1...max(1, count)).contains(segment.data[12]), count > 0
                else { return nil }
                parts[Int(segment.data[12]) - 1] = segment.data[14...]
            }
            guard parts.allSatisfy({ $0 != nil }) else { return nil }
            return Array(parts.compactMap { $0 }.joined())
        }
    }

    /// Whether the profile's colour space has the colour channels of `picture`. A profile of inks never fits.
    func profileFits(_ picture: DecodedFormat) -> Bool {
        guard let profile, profile.count >= 128 else { return false }
        let space = String(decoding: profile[16..<20], as: UTF8.self)
        return space == (picture.layout.colorCount == 1 ? "GRAY" : "RGB ")
    }
}
