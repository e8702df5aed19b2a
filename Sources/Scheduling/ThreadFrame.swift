import Glibc

/// What the code that a thread runs right now belongs to: which pool, which loop, which token.
final class ThreadFrame {
    let pool: WorkerPool
    /// The loop or read-ahead whose body runs; a loop opened inside is nested in it.
    let scope: WorkScope?
    let cancellation: CancellationToken?
    /// Whether the thread is one of the pool's own.
    let isWorker: Bool

    init(pool: WorkerPool, scope: WorkScope?, cancellation: CancellationToken?, isWorker: Bool) {
        self.pool = pool
        self.scope = scope
        self.cancellation = cancellation
        self.isWorker = isWorker
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key, nil)
        precondition(status == 0, "pthread_key_create: \(status)")
        return key
    }()

    /// The frame of the calling thread; nil outside of any scheduler's work.
    static var current: ThreadFrame? {
        pthread_getspecific(key).map { Unmanaged<ThreadFrame>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Runs `body` with this frame as the current one, then puts the previous one back.
    func enter<Result>(_ body: () throws -> Result) rethrows -> Result {
        let previous = pthread_getspecific(Self.key)
        pthread_setspecific(Self.key, Unmanaged.passUnretained(self).toOpaque())
        defer {
            pthread_setspecific(Self.key, previous)
            withExtendedLifetime(self) {}
        }
        return try body()
    }
}

/// Something whose end somebody may wait for: a parallel loop or a read-ahead.
class WorkScope: @unchecked Sendable {
    // Guarded by being immutable; subclasses say what guards their own state.

    /// What cannot end before this has ended.
    let parent: WorkScope?

    init(parent: WorkScope?) { self.parent = parent }

    /// Whether `other` has to wait for this scope (or is this scope).
    func isWithin(_ other: WorkScope) -> Bool {
        var scope: WorkScope? = self
        while let current = scope {
            if current === other { return true }
            scope = current.parent
        }
        return false
    }
}
