/// Writes EXIF data with a directory for the exposure and a thumbnail, for tests.
struct ExifBuilder {
    enum Value {
        case short(Int)
        case long(Int)
        case rational(Int, Int)
    }

    var isBigEndian: Bool
    var first: [(tag: Int, value: Value)] = []
    var exposure: [(tag: Int, value: Value)] = []
    var thumbnail: [UInt8] = []

    var bytes: [UInt8] {
        let exposureAt = 8 + directorySize(first.count + 1)
        let thumbnailDirectoryAt = exposureAt + directorySize(exposure.count)
        var extra: [UInt8] = []
        let extraAt = thumbnailDirectoryAt + directorySize(2)
        func directory(_ entries: [(tag: Int, value: Value)], next: Int) -> [UInt8] {
            var result = number(entries.count, 2)
            for (tag, value) in entries {
                result += number(tag, 2)
                switch value {
                case .short(let value): result += number(3, 2) + number(1, 4) + number(value, 2) + [0, 0]
                case .long(let value): result += number(4, 2) + number(1, 4) + number(value, 4)
                case .rational(let numerator, let denominator):
                    result += number(5, 2) + number(1, 4) + number(extraAt + extra.count, 4)
                    extra += number(numerator, 4) + number(denominator, 4)
                }
            }
            return result + number(next, 4)
        }
        let head =
            (isBigEndian ? Array("MM".utf8) : Array("II".utf8)) + number(42, 2) + number(8, 4)
            + directory(first + [(0x8769, .long(exposureAt))], next: thumbnail.isEmpty ? 0 : thumbnailDirectoryAt)
            + directory(exposure, next: 0)
        // The rational numbers are known by now.
        let thumbnailAt = extraAt + extra.count
        return head
            + directory([(0x0201, .long(thumbnailAt)), (0x0202, .long(thumbnail.count))], next: 0)
            + extra + thumbnail
    }

    private func directorySize(_ entries: Int) -> Int { 2 + 12 * entries + 4 }

    private func number(_ value: Int, _ count: Int) -> [UInt8] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        return isBigEndian ? bytes.reversed() : bytes
    }
}
