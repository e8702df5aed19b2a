/// EXIF data made for tests: orientation, artist, a GPS directory with an out-of-line value, and a thumbnail.
struct ExifSample {
    var orientation = 6
    var isBigEndian = true
    static let secret = Array("51.477928N".utf8)
    static let thumbnail = [UInt8](repeating: 0xee, count: 40)

    var bytes: [UInt8] {
        func short(_ value: Int) -> [UInt8] {
            let pair = [UInt8(value >> 8 & 255), UInt8(value & 255)]
            return isBigEndian ? pair : pair.reversed()
        }
        func long(_ value: Int) -> [UInt8] {
            let bytes = short(value >> 16) + short(value & 0xffff)
            return isBigEndian ? bytes : short(value & 0xffff) + short(value >> 16)
        }
        func entry(_ tag: Int, _ type: Int, _ count: Int, _ value: [UInt8]) -> [UInt8] {
            short(tag) + short(type) + long(count) + value
        }
        // 8 header, 3 entries at 8...49, GPS directory at 50...67, its value at 68...77, thumbnail directory at 78...107,
        // thumbnail at 108...147.
        let head = (isBigEndian ? Array("MM".utf8) : Array("II".utf8)) + short(42) + long(8)
        let first =
            short(3) + entry(0x0112, 3, 1, short(orientation) + [0, 0]) + entry(0x013b, 2, 4, Array("Ann\0".utf8))
            + entry(0x8825, 4, 1, long(50)) + long(78)
        let location = short(1) + entry(0x0002, 2, 10, long(68)) + long(0) + ExifSample.secret
        let second = short(2) + entry(0x0201, 4, 1, long(108)) + entry(0x0202, 4, 1, long(40)) + long(0)
        return head + first + location + second + ExifSample.thumbnail
    }
}
