import Glibc
import Synchronization

/// A thread that can be waited for and hands its error on.
final class PosixThread: Sendable {
    private final class Job: Sendable {
        let body: @Sendable () throws -> Void
        let failure = Mutex<(any Error)?>(nil)
        init(_ body: @escaping @Sendable () throws -> Void) { self.body = body }
    }

    private let job: Job
    private let thread: pthread_t

    init(_ body: @escaping @Sendable () throws -> Void) {
        job = Job(body)
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let job = Unmanaged<Job>.fromOpaque(argument).takeRetainedValue()
                do { try job.body() } catch { job.failure.withLock { $0 = error } }
                return nil
            }, Unmanaged.passRetained(job).toOpaque())
        self.thread = thread
    }

    func join() throws {
        pthread_join(thread, nil)
        if let error = job.failure.withLock({ $0 }) { throw error }
    }
}
