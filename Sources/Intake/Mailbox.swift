import CInotifyTools
import Glibc
import Synchronization
import SystemPackage

/// What other threads ask of the intake's thread, which sleeps on `wakeDescriptor`.
final class Mailbox: Sendable {
    enum Letter: Sendable {
        case setRoots([WatchedRoot])
        case finished(FileKey, SettleTracker.Outcome)
        case rescan(RootID)
        case checkRoots
        case stop
    }

    let wakeDescriptor: Int32
    private let letters = Mutex<[Letter]>([])
    private let end = Handover<Void>()

    init() throws(IntakeError) {
        wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard wakeDescriptor >= 0 else { throw .cannotWatch(Errno(rawValue: errno), nil) }
    }

    deinit {
        close(wakeDescriptor)
    }

    func post(_ letter: Letter) {
        let wasEmpty = letters.withLock { letters in
            letters.append(letter)
            return letters.count == 1
        }
        if wasEmpty { eventfd_write(wakeDescriptor, 1) }
    }

    func takeAll() -> [Letter] {
        var count: eventfd_t = 0
        eventfd_read(wakeDescriptor, &count)
        return letters.withLock { letters in
            defer { letters = [] }
            return letters
        }
    }

    func ended() { end.give(()) }
    func waitUntilEnded() { end.take() }
}

/// One value passed from one thread to others, which wait for it.
///
/// `@unchecked`: the value is guarded by the mutex of C's condition variable.
final class Handover<Value: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value?

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func give(_ value: Value) {
        pthread_mutex_lock(mutex)
        self.value = value
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Waits for the value; every taker gets it.
    func take() -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let value { return value }
            pthread_cond_wait(condition, mutex)
        }
    }
}
