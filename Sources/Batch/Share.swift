/// The part of a batch that one of several processes takes.
///
/// The division depends on nothing but the paths relative to the input folder, so that processes agree without talking
/// to each other, and a new file moves no other one.
public struct Share: Sendable, Hashable {
    public let index: Int
    public let count: Int

    /// More processes than any engine runs for one job.
    public static let largestCount = 1_000_000

    /// - `index`: `0..<count`.
    public init?(index: Int, count: Int) {
        guard (1...Self.largestCount).contains(count), (0..<count).contains(index) else { return nil }
        self.index = index
        self.count = count
    }

    /// `I/N`, with I from 0 to N − 1.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let index = Self.number(parts[0]), let count = Self.number(parts[1]) else { return nil }
        self.init(index: index, count: count)
    }

    public var text: String { "\(index)/\(count)" }

    /// Digits only: no sign, no space.
    static func number(_ text: some StringProtocol) -> Int? {
        text.utf8.allSatisfy(isDigit) ? Int(text) : nil
    }

    /// Whether the file at `path`, relative to the input folder, belongs to this share.
    ///
    /// The hash is a fraction of 1, of which each share has an equal piece. Names that differ in a number follow each
    /// other in steps of the golden ratio, which fill the fractions more evenly than chance would: 3,000 numbered files
    /// in nine shares differ by one in a hundred, where chance lets the largest have a tenth more than the mean.
    public func includes(_ path: [UInt8]) -> Bool {
        Int(Self.hash(path).multipliedFullWidth(by: UInt64(count)).high) == index
    }

    static func hash(_ path: [UInt8]) -> UInt64 {
        let digits = lastNumber(in: path)
        var number: UInt64 = 0
        for byte in path[digits] { number = number &* 10 &+ UInt64(byte - zero) }
        // FNV-1a over the rest, whose bits are then mixed.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func take(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        path[..<digits.lowerBound].forEach(take)
        if !digits.isEmpty { take(UInt8(ascii: "#")) }
        path[digits.upperBound...].forEach(take)
        for factor: UInt64 in [0xFF51_AFD7_ED55_8CCD, 0xC4CE_B9FE_1A85_EC53] {
            hash = (hash ^ hash >> 33) &* factor
        }
        // 2⁶⁴ divided by the golden ratio.
        return (hash ^ hash >> 33) &+ number &* 0x9E37_79B9_7F4A_7C15
    }

    /// The last digits of the file's name before its ending; empty where there are none.
    private static func lastNumber(in path: [UInt8]) -> Range<Int> {
        let name = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        let dot = path.lastIndex(of: UInt8(ascii: ".")) ?? 0
        let stem = name..<(dot > name ? dot : path.count)
        guard let last = path[stem].lastIndex(where: isDigit) else { return path.count..<path.count }
        let before = path[stem.lowerBound..<last].lastIndex { !isDigit($0) }
        return (before.map { $0 + 1 } ?? stem.lowerBound)..<last + 1
    }

    private static let zero = UInt8(ascii: "0")

    private static func isDigit(_ byte: UInt8) -> Bool { (zero...zero + 9).contains(byte) }
}
