/// Well-formed UTF-8 as the Unicode standard defines it (table 3-7): no overlong forms, no surrogates.
enum UTF8Decoding {
    static func scalar<Bytes: RandomAccessCollection<UInt8>>(
        in bytes: Bytes, at start: Int, end: Int
    ) -> (scalar: Unicode.Scalar, length: Int)? where Bytes.Index == Int {
        let first = bytes[start]
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        let length: Int
        var value: UInt32
        switch first {
        case 0xC2...0xDF: (length, value) = (2, UInt32(first & 0x1F))
        case 0xE0...0xEF: (length, value) = (3, UInt32(first & 0x0F))
        case 0xF0...0xF4: (length, value) = (4, UInt32(first & 0x07))
        default: return nil
        }
        guard start + length <= end else { return nil }
        for index in start + 1..<start + length {
            guard bytes[index] & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(bytes[index] & 0x3F)
        }
        let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        guard value >= smallest, let scalar = Unicode.Scalar(value) else { return nil }
        return (scalar, length)
    }

    /// The first byte that is not part of well-formed UTF-8.
    static func firstInvalidOffset(in bytes: [UInt8]) -> Int? {
        var offset = 0
        while offset < bytes.count {
            if bytes[offset] < 0x80 {
                offset += 1
                continue
            }
            guard let decoded = scalar(in: bytes, at: offset, end: bytes.count) else { return offset }
            offset += decoded.length
        }
        return nil
    }
}
