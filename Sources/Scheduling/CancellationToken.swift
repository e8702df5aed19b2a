import Synchronization

/// Says whether work should stop, to the work itself.
///
/// Cancellation is a request: nothing is interrupted. Work asks `isCancelled`, or calls `throwIfCancelled()`, between
/// strips, layers and files. The answer never goes back from true to false. A token with a parent is cancelled when
/// its parent is; the other way round has no effect.
///
/// A time limit is noticed when somebody asks; there is no timer behind it.
public final class CancellationToken: Sendable {
    private static let noDeadline = Int64.max

    private struct State {
        var reason: Cancelled.Reason?
        var timeLimit: Duration?
        var handlers: [UInt64: @Sendable (Cancelled.Reason) -> Void] = [:]
        var nextHandler: UInt64 = 0
        /// Its own handler with the parent.
        var registration: UInt64?
    }

    private let parent: CancellationToken?
    private let flag = Atomic<Bool>(false)
    private let deadline = Atomic<Int64>(CancellationToken.noDeadline)
    private let state = Guarded(State())

    /// - Parameters:
    ///   - parent: whose cancellation cancels this token too.
    ///   - timeLimit: how long after now the token cancels itself; nil is no limit.
    public init(parent: CancellationToken? = nil, timeLimit: Duration? = nil) {
        self.parent = parent
        if let timeLimit { limit(to: timeLimit) }
        if let parent {
            let registration = parent.onCancel { [weak self] reason in self?.cancel(reason) }
            state.withLock { $0.registration = registration }
        }
    }

    deinit {
        if let registration = state.withLock({ $0.registration }) { parent?.removeHandler(registration) }
    }

    /// Whether the work should stop: an atomic read or two, plus a look at the clock where there is a time limit.
    public var isCancelled: Bool {
        if flag.load(ordering: .acquiring) { return true }
        let deadline = deadline.load(ordering: .relaxed)
        if deadline != Self.noDeadline, MonotonicTime.now.nanoseconds >= deadline {
            cancel(.timeLimit(state.withLock { $0.timeLimit } ?? .zero))
            return true
        }
        // A parent's time limit may have passed without anybody having asked the parent.
        guard let parent, parent.isCancelled else { return false }
        cancel(parent.reason ?? .shutdown)
        return true
    }

    /// Why it was cancelled; nil as long as it is not.
    public var reason: Cancelled.Reason? { state.withLock { $0.reason } }

    public func throwIfCancelled() throws(Cancelled) {
        if isCancelled { throw Cancelled(reason ?? .shutdown) }
    }

    /// Cancels with a reason in words, as in "the folder was removed from the configuration".
    public func cancel(_ words: String) { cancel(.requested(words)) }

    /// Cancels; the first reason stays. Handlers run on the calling thread before this returns.
    public func cancel(_ reason: Cancelled.Reason) {
        let handlers = state.withLock { state -> [@Sendable (Cancelled.Reason) -> Void] in
            guard state.reason == nil else { return [] }
            state.reason = reason
            defer { state.handlers = [:] }
            return state.handlers.sorted { $0.key < $1.key }.map(\.value)
        }
        flag.store(true, ordering: .releasing)
        for handler in handlers { handler(reason) }
    }

    /// Sets a time limit that begins now; of several limits the one that ends first counts.
    public func limit(to timeLimit: Duration) {
        let end = MonotonicTime.now.advanced(by: timeLimit).nanoseconds
        state.withLock { state in
            guard end < deadline.load(ordering: .relaxed) else { return }
            state.timeLimit = timeLimit
            deadline.store(end, ordering: .relaxed)
        }
    }

    /// Calls `handler` once on cancellation, or at once when that has happened already.
    ///
    /// - Returns: what `removeHandler(_:)` takes; nil when the handler has been called.
    @discardableResult
    func onCancel(_ handler: @escaping @Sendable (Cancelled.Reason) -> Void) -> UInt64? {
        let (registration, reason) = state.withLock { state -> (UInt64?, Cancelled.Reason?) in
            if let reason = state.reason { return (nil, reason) }
            state.nextHandler += 1
            state.handlers[state.nextHandler] = handler
            return (state.nextHandler, nil)
        }
        if let reason { handler(reason) }
        return registration
    }

    func removeHandler(_ registration: UInt64) {
        // Taken out of the lock before it goes away: what a handler captures may ask this token something in its deinit.
        let handler = state.withLock { $0.handlers.removeValue(forKey: registration) }
        _ = handler
    }

    /// How many handlers wait for the cancellation, children included.
    var handlerCount: Int { state.withLock { $0.handlers.count } }
}
