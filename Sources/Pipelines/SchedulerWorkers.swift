import Dataflow
import Scheduling

/// The strips of a picture run on the scheduler's threads.
extension WorkScheduler: ParallelWorkers {
    public func parallelFor(_ count: Int, _ body: @Sendable (Int) throws -> Void) throws {
        try parallelFor(count, maximumWidth: nil, cancellation: nil, body)
    }
}
