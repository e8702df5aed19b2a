/// The handle of work that was started before its result is needed.
///
/// The body runs once at most: on a worker that is idle, or else on the thread that waits first. A handle that goes
/// away before the body has started takes the body with it. A body that uses memory which its owner is about to free
/// must be ended first, with `wait()` or `discard()`.
public final class Ahead<Value: Sendable>: Sendable {
    private let pool: WorkerPool
    private let job: AheadJob<Value>

    init(pool: WorkerPool, job: AheadJob<Value>) {
        self.pool = pool
        self.job = job
    }

    deinit { pool.withdraw(job) }

    /// The body's value: runs the body here if no worker has begun it, else waits for the worker that did. May be
    /// called any number of times and from several threads; every call gives the same value or error.
    public func wait() throws -> Value {
        pool.finish(job)
        return try job.value()
    }

    /// Makes sure that the body neither runs nor will run: returns when it has ended, without starting it. A value
    /// that nobody has asked for is then `Cancelled`.
    public func discard() {
        if pool.withdraw(job) { return }
        pool.finish(job)
    }
}

/// What the pool sees of a read-ahead.
class AheadWork: WorkScope, @unchecked Sendable {
    enum Phase { case offered, running, ended }

    // Guarded by the pool's lock.
    var phase = Phase.offered
    let isOutside: Bool
    let cancellation: CancellationToken?

    init(isOutside: Bool, cancellation: CancellationToken?) {
        self.isOutside = isOutside
        self.cancellation = cancellation
        // Not nested in the loop that started it: the handle may be waited for somewhere else, after that loop's end.
        super.init(parent: nil)
    }

    func perform() {}
}

final class AheadJob<Value: Sendable>: AheadWork, @unchecked Sendable {
    // Guarded by the phase: the one thread that has made it `running` writes, others read once it is `ended`.
    private var body: (@Sendable () throws -> Value)?
    private var result: Result<Value, any Error>?

    init(isOutside: Bool, cancellation: CancellationToken?, body: @escaping @Sendable () throws -> Value) {
        self.body = body
        super.init(isOutside: isOutside, cancellation: cancellation)
    }

    override func perform() {
        guard let body else { return }
        result = Result { try body() }
        self.body = nil
    }

    func value() throws -> Value {
        guard let result else { throw Cancelled(.requested("its result was discarded")) }
        return try result.get()
    }
}
