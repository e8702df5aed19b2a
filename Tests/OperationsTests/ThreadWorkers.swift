import Dataflow
import Dispatch
import Synchronization

/// As many threads as the machine gives, which take shares of a loop at the same time.
struct ThreadWorkers: ParallelWorkers {
    let width: Int

    func parallelFor(_ count: Int, _ body: @Sendable (Int) throws -> Void) throws {
        let next = Atomic<Int>(0)
        let failures = Mutex<[(index: Int, error: any Error)]>([])
        DispatchQueue.concurrentPerform(iterations: width) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                if index >= count { return }
                do { try body(index) } catch { failures.withLock { $0.append((index, error)) } }
            }
        }
        if let first = failures.withLock({ $0.min { $0.index < $1.index } }) { throw first.error }
    }
}
