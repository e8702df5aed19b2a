/// A value behind a pthread mutex.
///
/// As `Synchronization.Mutex`, whose futex ThreadSanitizer does not see: it reports every contended use as a race.
public final class Guarded<Value>: @unchecked Sendable {
    // Guarded by `lock`.
    private var value: Value
    private let lock = Lock()

    public init(_ value: sending Value) { self.value = value }

    /// Runs `body` with the lock held. The body neither waits nor calls out.
    public func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
