/// Runs work on a fixed number of threads that share one CPU budget and one memory budget.
///
/// The threads are created by `init` and end with `shutdown`, or, abandoning what is left, when the scheduler and its
/// queues go away; none is created while work runs. What idle threads do first: items of queues, then read-aheads, then
/// indices of parallel loops.
public final class WorkScheduler: Sendable {
    let pool: WorkerPool

    /// - Parameters:
    ///   - width: how many threads run work at the same time, 1 or more; `CPUBudget.detect().width` is what the
    ///     machine allows. Where the system refuses some of the threads, `width` tells how many there are.
    ///   - memory: what the items that run at the same time may reserve together.
    public init(width: Int, memory: MemoryBudget) {
        precondition(width >= 1, "a scheduler is at least one thread wide")
        self.memory = memory
        pool = WorkerPool(width: width, memory: memory)
    }

    deinit { pool.stop(.abandon) }

    /// How many threads run work at the same time, the calling thread of a `parallelFor` included.
    public var width: Int { pool.width }

    public let memory: MemoryBudget

    /// The errno for which the system refused to create as many threads as were asked for; nil when it did not.
    public var threadShortage: Int32? { pool.shortage }

    /// Makes a line of items.
    ///
    /// - Parameters:
    ///   - name: for messages.
    ///   - priority: queues of higher priority go first, except that one start in sixteen goes to the others.
    ///   - weight: how many starts, among queues of the same priority, for one start of a queue of weight 1; 1...1000.
    ///   - limit: how many of its items run at the same time at most; nil is no limit but `width`.
    public func makeQueue(name: String, priority: Int = 0, weight: Int = 1, limit: Int? = nil) -> WorkQueue {
        WorkQueue(
            name: name, scheduler: self,
            id: pool.addQueue(priority: priority, weight: weight, limit: limit ?? .max))
    }

    /// Ends the threads. Items are refused from now on (with `drain`, those that running items add are not); loops and
    /// read-aheads still work, on the thread that calls. Not for workers.
    ///
    /// - Parameter limit: how long to wait for what runs; nil waits until it has ended.
    /// - Returns: whether every thread has ended. If not, they end later, as soon as what they run returns.
    @discardableResult
    public func shutdown(_ mode: ShutdownMode, within limit: Duration? = nil) -> Bool {
        let deadline = limit.map { MonotonicTime.now.advanced(by: $0) }
        pool.stop(mode)
        return pool.waitForEnd(until: deadline)
    }

    /// Runs `body(0)` … `body(count - 1)` on the calling thread and on any idle workers; returns when all have ended.
    ///
    /// Indices are handed out one at a time, in rising order. After a failure or a cancellation no more are handed
    /// out; those that were handed out run to their end. May be called from anywhere, a plain thread or a work item,
    /// and inside another `parallelFor`: the calling thread always makes progress by itself, and while it waits for
    /// the last indices on other threads it only helps loops nested in its own, so that no thread waits for one that
    /// waits for it. A helper leaves between two indices when an item of a queue could start in its place.
    ///
    /// - Parameters:
    ///   - count: how many indices, 0 or more.
    ///   - maximumWidth: how many threads take part at most, the calling one included; nil is no cap but `width`.
    ///   - cancellation: asked before each index; by default the token of the work item or loop that calls.
    /// - Throws: the error of the lowest index that failed, which does not depend on the number of threads; or
    ///   `Cancelled` when the token stopped the loop before its last index.
    public func parallelFor(
        _ count: Int, maximumWidth: Int? = nil, cancellation: CancellationToken? = nil,
        _ body: @Sendable (Int) throws -> Void
    ) throws {
        precondition(count >= 0, "a loop has no negative number of indices")
        let frame = ThreadFrame.current
        let cancellation = cancellation ?? frame?.cancellation
        let cap = min(maximumWidth ?? width, width, count)
        if cap <= 1 {
            for index in 0..<count {
                try cancellation?.throwIfCancelled()
                try body(index)
            }
            return
        }
        try withoutActuallyEscaping(body) { body in
            try withUnsafePointer(to: ParallelLoop.Body(call: body)) { body in
                let isOwnFrame = frame?.pool === pool
                let loop = ParallelLoop(
                    count: count, seats: cap - 1, body: body, cancellation: cancellation,
                    parent: isOwnFrame ? frame?.scope : nil, isOutside: !isOwnFrame)
                pool.run(loop)
                try loop.throwFailure()
            }
        }
    }

    /// Starts `body` on a worker as soon as one is idle; if none has begun it when somebody waits for the result, it
    /// runs on the thread that waits.
    ///
    /// For work whose result is needed soon: decoding the next strip while this one is computed. The body may call
    /// `parallelFor` and `ahead`; it may not wait for something that waits for it.
    public func ahead<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) -> Ahead<Value> {
        let job = AheadJob(
            isOutside: !pool.isOwnWorker, cancellation: ThreadFrame.current?.cancellation, body: body)
        pool.offer(job)
        return Ahead(pool: pool, job: job)
    }
}
