/// Numbers that are read from the model's file wherever they are needed: what computes with them has a copy of its own,
/// in an order of its own.
public struct FloatsInFile: Sendable {
    public let file: ModelFile
    /// Their bytes in the file.
    let range: Range<Int>
    private let checksum: UInt64
    /// The first number that is none, or infinite.
    let firstOddNumber: Float?

    public var count: Int { range.count / 4 }

    /// Looks at all of them once, a piece at a time.
    init(file: ModelFile, range: Range<Int>) throws(ModelError.Fault) {
        self.file = file
        self.range = range
        var checksum = Checksum(), odd: Float?, at = range.lowerBound
        while at < range.upperBound {
            let bytes = try file.bytes(in: at..<min(at + Self.pieceSize, range.upperBound))
            bytes.withUnsafeBytes { bytes in
                checksum.add(bytes)
                for index in 0..<bytes.count / 4 where odd == nil {
                    let number = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
                    if !number.isFinite { odd = number }
                }
            }
            at += bytes.count
        }
        self.checksum = checksum.value
        firstOddNumber = odd
    }

    /// A multiple of what the checksum takes at a time, so that the pieces do not show in it.
    private static let pieceSize = 1 << 18

    /// Reads them. Where they cannot be read, or are others than before, `file.fault` says so from then on.
    ///
    /// - Precondition: `target` has room for `count` of them.
    public func read(to target: UnsafeMutableRawPointer) {
        let bytes = UnsafeMutableRawBufferPointer(start: target, count: range.count)
        do throws(ModelError.Fault) {
            try file.read(into: bytes, from: range.lowerBound)
        } catch {
            return file.note(error)
        }
        var found = Checksum()
        found.add(UnsafeRawBufferPointer(bytes))
        if found.value != checksum {
            file.note(
                .unreadable("it was changed while it was in use; put new versions in its place by renaming"))
        }
    }
}

/// Differs for bytes that differ, unless somebody makes an effort: what is looked for are other weights, not frauds.
struct Checksum {
    // Lanes of their own, so that the multiplications need not wait for each other.
    private var sums = SIMD4<UInt64>(repeating: 1)
    private var rest: UInt64 = 0

    /// Takes further bytes, of which all but the last are multiples of 32.
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var sums = sums, at = 0
        while at + 32 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: at, as: SIMD4<UInt64>.self)
            sums = (sums ^ word) &* 0x9e37_79b9_7f4a_7c15
            sums ^= sums &>> 29
            at += 32
        }
        self.sums = sums
        for byte in bytes[at...] { rest = (rest &+ 1 &+ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    var value: UInt64 { (0..<4).reduce(rest) { ($0 ^ sums[$1]) &* 0x9e37_79b9_7f4a_7c15 } }
}
