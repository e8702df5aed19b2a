/// The part of a batch that one of several processes takes.
///
/// The division depends on nothing but the paths relative to the input folder, so that processes agree without talking
/// to each other, and a new file moves no other one.
public struct Share: Sendable, Hashable {
    public let index: Int
    public let count: Int

    /// - `index`: `0..<count`.
    public init?(index: Int, count: Int) {
        guard count >= 1, (0..<count).contains(index) else { return nil }
        self.index = index
        self.count = count
    }

    /// `I/N`, with I from 0 to N − 1.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]) else { return nil }
        self.init(index: index, count: count)
    }

    func includes(_ path: [UInt8]) -> Bool {
        // FNV-1a, whose low bits are then mixed so that the remainder is even for any count.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in path { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash ^= hash >> 33
        hash = hash &* 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 33
        return Int(hash % UInt64(count)) == index
    }
}
