import Codecs
import Dataflow
import Scheduling

/// The strips of a picture run on the scheduler's threads.
extension WorkScheduler: ParallelWorkers {
    public func parallelFor(_ count: Int, _ body: @Sendable (Int) throws -> Void) throws {
        try parallelFor(count, maximumWidth: nil, cancellation: nil, body)
    }
}

extension ParallelWorkers {
    /// The same threads for an encoder; nil where there is one only.
    var forEncoder: ParallelFor? {
        guard width > 1 else { return nil }
        return { (count: Int, body: @Sendable (Int) -> Void) throws in
            try self.parallelFor(count) { (index: Int) throws in body(index) }
        }
    }
}
