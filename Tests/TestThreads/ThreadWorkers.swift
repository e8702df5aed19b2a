import Dataflow
import Glibc
import Scheduling
import Synchronization

/// Threads made for every loop, which take its shares in whatever order they come to them.
public struct ThreadWorkers: ParallelWorkers {
    public let width: Int

    public init(width: Int) {
        self.width = width
    }

    /// What a thread runs; it lets go of it before it ends.
    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    public func parallelFor(_ count: Int, _ body: @Sendable (Int) throws -> Void) throws {
        let next = Atomic<Int>(0)
        let failures = Guarded<[(index: Int, error: any Error)]>([])
        let share: @Sendable () -> Void = {
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                if index >= count { return }
                do { try body(index) } catch { failures.withLock { $0.append((index, error)) } }
            }
        }
        withoutActuallyEscaping(share) { share in
            let threads = (1..<max(width, 1)).map { _ in
                var thread = pthread_t()
                let started = pthread_create(
                    &thread, nil,
                    { argument in
                        Unmanaged<Work>.fromOpaque(argument!).takeRetainedValue().run()
                        return nil
                    }, Unmanaged.passRetained(Work(share)).toOpaque())
                precondition(started == 0)
                return thread
            }
            share()
            for thread in threads { pthread_join(thread, nil) }
        }
        if let first = failures.withLock({ $0.min { $0.index < $1.index } }) { throw first.error }
    }
}
