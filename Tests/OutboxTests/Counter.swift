import Synchronization

/// A number that any thread may change.
final class Counter: Sendable {
    private let atomic = Atomic<Int>(0)

    var value: Int { atomic.load(ordering: .sequentiallyConsistent) }

    /// Gives the new value.
    @discardableResult
    func add(_ amount: Int) -> Int { atomic.wrappingAdd(amount, ordering: .sequentiallyConsistent).newValue }
}
