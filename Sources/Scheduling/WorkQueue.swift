/// A line of items, as one watched folder has. All queues of a scheduler share its threads and its memory; which queue
/// is next, and which of its items, is the scheduler's rule (`docs/decisions/scheduling.md`).
///
/// A queue keeps its scheduler alive. When the handle goes away, the items that it still has go on.
public final class WorkQueue: Sendable {
    public let name: String
    public let scheduler: WorkScheduler
    private let id: Int
    private var pool: WorkerPool { scheduler.pool }

    init(name: String, scheduler: WorkScheduler, id: Int) {
        self.name = name
        self.scheduler = scheduler
        self.id = id
    }

    deinit { pool.retireQueue(id) }

    /// Adds an item. Returns at once; never runs anything on the calling thread.
    public func add(_ item: WorkItem) throws(SchedulingError) { try add([item]) }

    /// Adds items that may depend on each other in any order: all of them, or none if one is refused.
    public func add(_ items: [WorkItem]) throws(SchedulingError) { try pool.add(items, to: id) }

    /// Runs `body` as an item of this queue and returns its value: the one bridge from async code to blocking work.
    ///
    /// Cancelling the task cancels the item. No thread of Swift's own pool is blocked.
    ///
    /// - Throws: what the body throws, `Cancelled`, or `SchedulingError`.
    public func run<Value: Sendable>(
        name: String, priority: Int = 0, memory: Int = 0, timeLimit: Duration? = nil,
        _ body: @escaping @Sendable (CancellationToken) throws -> Value
    ) async throws -> Value {
        let cancellation = CancellationToken()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let value = Produced<Value>()
                let item = WorkItem(
                    name: name, priority: priority, memory: memory, timeLimit: timeLimit, cancellation: cancellation,
                    onEnd: { outcome in
                        switch outcome {
                        case .done: value.resume(continuation)
                        case .failed(let error): continuation.resume(throwing: error)
                        case .cancelled(let cancelled): continuation.resume(throwing: cancelled)
                        }
                    },
                    { cancellation in value.set(try body(cancellation)) })
                do {
                    try add(item)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            cancellation.cancel("its task was cancelled")
        }
    }

    /// Cancels every item that has not ended. Those that have not started never will; those that run are asked to stop.
    public func cancelAll(_ words: String) { pool.cancelAll(of: id, .requested(words)) }

    /// A suspended queue starts nothing; what runs goes on. Meant for a target folder that is full.
    public var isSuspended: Bool {
        get { pool.isSuspended(id) }
        set { pool.setSuspended(newValue, id) }
    }

    public var counts: WorkCounts { pool.counts(of: id) }

    /// Waits until every item has ended. Not for workers: an item that waited for its own queue would wait for itself.
    public func waitUntilEmpty() { pool.waitUntilEmpty(id) }

    /// As `waitUntilEmpty()`, for async code.
    public func untilEmpty() async {
        await withCheckedContinuation { continuation in
            pool.whenEmpty(id) { continuation.resume() }
        }
    }
}

/// Carries a value from the body to the end of its item.
private final class Produced<Value: Sendable>: @unchecked Sendable {
    // Guarded by the item: its body has returned when `onEnd` is called, on the same worker.
    private var value: Value?

    func set(_ new: Value) { value = new }

    func resume(_ continuation: CheckedContinuation<Value, any Error>) {
        guard let value else { preconditionFailure("a body that is done has given its value") }
        continuation.resume(returning: value)
    }
}
