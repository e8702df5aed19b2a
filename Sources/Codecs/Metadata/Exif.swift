/// The directory of a TIFF structure, which is what EXIF data are.
///
/// Every offset inside comes from outside: nothing is followed that does not lie within the bytes.
struct Exif {
    private(set) var bytes: [UInt8]
    let isBigEndian: Bool

    static let orientationTag = 0x0112

    /// Nil when the bytes do not begin as a TIFF structure does. `bytes` begin with the byte order mark.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 8 else { return nil }
        switch (bytes[0], bytes[1]) {
        case (0x4d, 0x4d): isBigEndian = true
        case (0x49, 0x49): isBigEndian = false
        default: return nil
        }
        self.bytes = bytes
        guard short(at: 2) == 42 else { return nil }
    }

    func short(at offset: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - 2 else { return nil }
        let (first, second) = (Int(bytes[offset]), Int(bytes[offset + 1]))
        return isBigEndian ? first << 8 | second : second << 8 | first
    }

    func long(at offset: Int) -> Int? {
        guard let first = short(at: offset), let second = short(at: offset + 2) else { return nil }
        return isBigEndian ? first << 16 | second : second << 16 | first
    }

    mutating func setShort(_ value: Int, at offset: Int) {
        precondition(offset >= 0 && offset <= bytes.count - 2)
        bytes[offset] = UInt8(truncatingIfNeeded: isBigEndian ? value >> 8 : value)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: isBigEndian ? value : value >> 8)
    }

    /// Offset of the 12 bytes of the entry `tag` in the directory at `directory`.
    func entry(_ tag: Int, inDirectoryAt directory: Int) -> Int? {
        guard let count = short(at: directory) else { return nil }
        for index in 0..<count {
            let offset = directory + 2 + 12 * index
            guard let found = short(at: offset), offset + 12 <= bytes.count else { return nil }
            if found == tag { return offset }
        }
        return nil
    }

    /// The orientation, 1...8; nil when there is none or it is not one of these.
    var orientation: Int? {
        guard let directory = long(at: 4), let entry = entry(Exif.orientationTag, inDirectoryAt: directory),
            let type = short(at: entry + 2), let count = long(at: entry + 4), count == 1
        else { return nil }
        let value: Int?
        switch type {
        case 3: value = short(at: entry + 8)
        case 4: value = long(at: entry + 8)
        default: value = nil
        }
        guard let value, (1...8).contains(value) else { return nil }
        return value
    }
}
