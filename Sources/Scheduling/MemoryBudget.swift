/// How many bytes the items that run at the same time may reserve together.
public struct MemoryBudget: Hashable, Sendable {
    /// The whole budget in bytes.
    public let bytes: Int

    public init(bytes: Int) {
        precondition(bytes >= 0, "a memory budget is not negative")
        self.bytes = bytes
    }

    /// No limit: every reservation fits.
    public static let unlimited = MemoryBudget(bytes: .max)
}
