import Glibc

/// A pthread mutex at a fixed address.
///
/// `Synchronization.Mutex` has no condition variable to go with it; the worker pool needs both.
final class Lock: @unchecked Sendable {
    // Guarded by itself: pthread mutexes may be used from any thread.
    fileprivate let handle: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        handle = .allocate(capacity: 1)
        let status = pthread_mutex_init(handle, nil)
        precondition(status == 0, "pthread_mutex_init: \(status)")
    }

    deinit {
        pthread_mutex_destroy(handle)
        handle.deallocate()
    }

    func lock() {
        let status = pthread_mutex_lock(handle)
        precondition(status == 0, "pthread_mutex_lock: \(status)")
    }

    func unlock() {
        let status = pthread_mutex_unlock(handle)
        precondition(status == 0, "pthread_mutex_unlock: \(status)")
    }

    /// Runs `body` with the lock held. What it guards stands in properties of the caller's class, not in an `inout`
    /// argument: a wait for a condition gives the lock away, and an `inout` access may not be shared.
    func withLock<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try body()
    }
}

/// A condition variable on the monotonic clock.
final class Condition: @unchecked Sendable {
    // Guarded by itself: condition variables may be used from any thread.
    private let handle: UnsafeMutablePointer<pthread_cond_t>

    init() {
        handle = .allocate(capacity: 1)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        let status = pthread_cond_init(handle, &attributes)
        precondition(status == 0, "pthread_cond_init: \(status)")
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(handle)
        handle.deallocate()
    }

    /// Gives `lock` away until somebody signals; may also return for no reason.
    func wait(_ lock: Lock) {
        let status = pthread_cond_wait(handle, lock.handle)
        precondition(status == 0, "pthread_cond_wait: \(status)")
    }

    /// As `wait(_:)`, but no longer than until `deadline`; false says that it has passed.
    func wait(_ lock: Lock, until deadline: MonotonicTime) -> Bool {
        var time = deadline.timespec
        let status = pthread_cond_timedwait(handle, lock.handle, &time)
        precondition(status == 0 || status == ETIMEDOUT, "pthread_cond_timedwait: \(status)")
        return status == 0
    }

    func signal() { pthread_cond_signal(handle) }
    func broadcast() { pthread_cond_broadcast(handle) }
}
