/// How many bytes the items that run at the same time may reserve together.
public struct MemoryBudget: Hashable, Sendable {
    /// The whole budget in bytes.
    public let bytes: Int

    public init(bytes: Int) {
        precondition(bytes >= 0, "a memory budget is not negative")
        self.bytes = bytes
    }

    /// What is left of it beside bytes that are taken for as long as it is used.
    public func without(_ kept: Int) -> MemoryBudget {
        self == .unlimited ? self : MemoryBudget(bytes: max(0, bytes - kept))
    }

    /// No limit: every reservation fits.
    public static let unlimited = MemoryBudget(bytes: .max)
}
