/// The directory of a TIFF structure, which is what EXIF data are.
///
/// Every offset inside comes from outside: nothing is read or changed that does not lie within the bytes.
struct Exif {
    private(set) var bytes: [UInt8]
    let isBigEndian: Bool
    /// Set when a change could not be made as asked, because the directories are not what they should be.
    private(set) var isMalformed = false
    /// How many more bytes may be erased; sound data never come near it.
    private var erasable: Int

    private enum Tag {
        static let imageWidth = 0x0100
        static let imageLength = 0x0101
        static let orientation = 0x0112
        static let xResolution = 0x011a
        static let yResolution = 0x011b
        static let resolutionUnit = 0x0128
        static let thumbnailOffset = 0x0201
        static let thumbnailLength = 0x0202
        static let exifDirectory = 0x8769
        static let gpsDirectory = 0x8825
        static let colorSpace = 0xa001
        static let pixelXDimension = 0xa002
        static let pixelYDimension = 0xa003
    }

    /// Nil when the bytes do not begin as a TIFF structure does: the byte order mark, 42.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 8 else { return nil }
        switch (bytes[0], bytes[1]) {
        case (0x4d, 0x4d): isBigEndian = true
        case (0x49, 0x49): isBigEndian = false
        default: return nil
        }
        self.bytes = bytes
        erasable = 4 * bytes.count
        guard short(at: 2) == 42 else { return nil }
    }

    // MARK: Questions

    /// The orientation, 1...8; nil when there is none or it is not one of these.
    var orientation: Int? {
        guard let entry = orientationEntry else { return nil }
        let value = short(at: entry + 2) == 3 ? short(at: entry + 8) : long(at: entry + 8)
        guard let value, (1...8).contains(value) else { return nil }
        return value
    }

    var hasLocation: Bool { firstDirectory.flatMap { entry(Tag.gpsDirectory, inDirectoryAt: $0) } != nil }

    var hasThumbnail: Bool { thumbnailDirectory != nil }

    // MARK: Changes

    /// States the size of the picture wherever one is stated.
    mutating func setSize(width: Int, height: Int) {
        if let directory = firstDirectory {
            setNumber(width, of: Tag.imageWidth, inDirectoryAt: directory)
            setNumber(height, of: Tag.imageLength, inDirectoryAt: directory)
        }
        if let directory = exifDirectory {
            setNumber(width, of: Tag.pixelXDimension, inDirectoryAt: directory)
            setNumber(height, of: Tag.pixelYDimension, inDirectoryAt: directory)
        }
    }

    /// States that the samples are in sRGB, where a colour space is stated.
    mutating func setColorSpaceToSRGB() {
        if let directory = exifDirectory { setNumber(1, of: Tag.colorSpace, inDirectoryAt: directory) }
    }

    /// States pixels per inch, where a resolution is stated.
    mutating func setDensity(dotsPerInch: Int) {
        guard let directory = firstDirectory else { return }
        for tag in [Tag.xResolution, Tag.yResolution] {
            // A rational number of eight bytes, which lie elsewhere.
            guard let entry = entry(tag, inDirectoryAt: directory), short(at: entry + 2) == 5, long(at: entry + 4) == 1,
                let place = long(at: entry + 8), place >= 8, place + 8 <= bytes.count
            else { continue }
            setLong(dotsPerInch, at: place)
            setLong(1, at: place + 4)
        }
        setNumber(2, of: Tag.resolutionUnit, inDirectoryAt: directory)
    }

    /// States an orientation, where one is stated.
    mutating func setOrientation(_ value: Int) {
        guard let entry = orientationEntry else { return }
        if short(at: entry + 2) == 3 { setShort(value, at: entry + 8) } else { setLong(value, at: entry + 8) }
    }

    /// Removes the GPS directory with its values, and the entry that points to it.
    mutating func removeLocation() {
        defer { if hasLocation { isMalformed = true } }
        guard let directory = firstDirectory, let pointer = entry(Tag.gpsDirectory, inDirectoryAt: directory) else {
            return
        }
        if let location = long(at: pointer + 8), location != directory { eraseDirectory(at: location) }
        // The entries behind it move up, with the offset of the next directory that follows them. A sound file has one
        // such entry; erasing may have reached a directory that is not sound.
        guard let count = short(at: directory), case let end = directory + 2 + 12 * count, pointer + 12 <= end,
            end <= bytes.count
        else { return }
        let following = min(end + 4, bytes.count)
        bytes.replaceSubrange(
            pointer..<following, with: bytes[(pointer + 12)..<following] + [UInt8](repeating: 0, count: 12))
        setShort(count - 1, at: directory)
    }

    /// Removes the second directory, which describes the thumbnail, with its values and the thumbnail.
    mutating func removeThumbnail() {
        defer { if hasThumbnail { isMalformed = true } }
        guard let directory = firstDirectory, let count = short(at: directory),
            let second = thumbnailDirectory
        else { return }
        var cut: Int?
        if let start = value(of: Tag.thumbnailOffset, inDirectoryAt: second),
            let length = value(of: Tag.thumbnailLength, inDirectoryAt: second), start > 8, length > 0
        {
            erase(start, length)
            // Bytes at the end are cut off, if the directories do not lie behind them.
            if start + length >= bytes.count, directory < start, second < start { cut = start }
        }
        eraseDirectory(at: second)
        if case let next = directory + 2 + 12 * count, next + 4 <= bytes.count { setLong(0, at: next) }
        if let cut, cut < bytes.count { bytes.removeSubrange(cut...) }
    }

    // MARK: Structure

    private var firstDirectory: Int? { long(at: 4) }

    /// The directory of what belongs to the exposure.
    private var exifDirectory: Int? {
        firstDirectory.flatMap { value(of: Tag.exifDirectory, inDirectoryAt: $0) }.flatMap { $0 >= 8 ? $0 : nil }
    }

    private var orientationEntry: Int? {
        guard let directory = firstDirectory, let entry = entry(Tag.orientation, inDirectoryAt: directory),
            let type = short(at: entry + 2), type == 3 || type == 4, long(at: entry + 4) == 1
        else { return nil }
        return entry
    }

    private var thumbnailDirectory: Int? {
        guard let directory = firstDirectory, let count = short(at: directory),
            let second = long(at: directory + 2 + 12 * count), second >= 8, second != directory,
            second < bytes.count
        else { return nil }
        return second
    }

    /// Offset of the 12 bytes of the entry `tag` in the directory at `directory`.
    private func entry(_ tag: Int, inDirectoryAt directory: Int) -> Int? {
        guard let count = short(at: directory) else { return nil }
        for index in 0..<count {
            let offset = directory + 2 + 12 * index
            guard offset + 12 <= bytes.count, let found = short(at: offset) else { return nil }
            if found == tag { return offset }
        }
        return nil
    }

    /// A single number of 16 or 32 bits.
    private func value(of tag: Int, inDirectoryAt directory: Int) -> Int? {
        guard let entry = entry(tag, inDirectoryAt: directory), let type = short(at: entry + 2) else { return nil }
        return type == 3 ? short(at: entry + 8) : type == 4 ? long(at: entry + 8) : nil
    }

    /// Replaces a single number of 16 or 32 bits, where there is one.
    private mutating func setNumber(_ value: Int, of tag: Int, inDirectoryAt directory: Int) {
        guard let entry = entry(tag, inDirectoryAt: directory), let type = short(at: entry + 2), type == 3 || type == 4,
            long(at: entry + 4) == 1
        else { return }
        if type == 3, value <= 0xffff {
            setShort(value, at: entry + 8)
        } else {
            setShort(4, at: entry + 2)
            setLong(value, at: entry + 8)
        }
    }

    /// Zeroes a directory and the values that its entries point to.
    private mutating func eraseDirectory(at directory: Int) {
        guard directory >= 8, let count = short(at: directory) else { return }
        for index in 0..<count {
            let offset = directory + 2 + 12 * index
            guard offset + 12 <= bytes.count, !isMalformed else { break }
            if let type = short(at: offset + 2), let units = long(at: offset + 4), let place = long(at: offset + 8) {
                let sizes = [1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8]
                let size = (sizes[type] ?? 0) * units
                if size > 4, place > 8 { erase(place, size) }
            }
        }
        erase(directory, 2 + 12 * count + 4)
    }

    private mutating func erase(_ start: Int, _ length: Int) {
        let end = max(start, min(bytes.count, start + length))
        guard end - start <= erasable else {
            isMalformed = true
            return
        }
        erasable -= end - start
        for index in start..<end { bytes[index] = 0 }
    }

    private func short(at offset: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - 2 else { return nil }
        let (first, second) = (Int(bytes[offset]), Int(bytes[offset + 1]))
        return isBigEndian ? first << 8 | second : second << 8 | first
    }

    private func long(at offset: Int) -> Int? {
        guard let first = short(at: offset), let second = short(at: offset + 2) else { return nil }
        return isBigEndian ? first << 16 | second : second << 16 | first
    }

    private mutating func setShort(_ value: Int, at offset: Int) {
        bytes[offset] = UInt8(truncatingIfNeeded: isBigEndian ? value >> 8 : value)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: isBigEndian ? value : value >> 8)
    }

    private mutating func setLong(_ value: Int, at offset: Int) {
        setShort(isBigEndian ? value >> 16 : value & 0xffff, at: offset)
        setShort(isBigEndian ? value & 0xffff : value >> 16, at: offset + 2)
    }
}
