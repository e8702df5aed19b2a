import Scheduling

/// Threads that take shares of one loop; the calling thread is one of them.
public protocol ParallelWorkers: Sendable {
    var width: Int { get }
    /// Runs `body(0..<count)` and returns when every index is done; throws the error of the lowest index that failed.
    func parallelFor(_ count: Int, _ body: @Sendable (Int) throws -> Void) throws
}

/// The calling thread alone.
public struct SingleWorker: ParallelWorkers {
    public init() {}
    public var width: Int { 1 }

    public func parallelFor(_ count: Int, _ body: @Sendable (Int) throws -> Void) throws {
        for index in 0..<count { try body(index) }
    }
}

/// What one run of a graph shares: its threads, its cancellation, and what its readers found.
public final class RunContext: Sendable {
    public let workers: any ParallelWorkers
    /// Throws when the run is to end early; asked between strips.
    public let checkCancellation: @Sendable () throws -> Void
    /// Takes the times of operators; nil where nobody wants to know them.
    public let profile: RunProfile?
    private let found = Guarded<[(key: String, value: any Sendable)]>([])

    public init(
        workers: any ParallelWorkers = SingleWorker(), profile: RunProfile? = nil,
        checkCancellation: @escaping @Sendable () throws -> Void = {}
    ) {
        self.workers = workers
        self.profile = profile
        self.checkCancellation = checkCancellation
    }

    /// Keeps `value`, which the step `key` found, for the record and for later steps.
    public func report(_ value: any Sendable, key: String) {
        found.withLock { $0.append((key, value)) }
    }

    public var findings: [(key: String, value: any Sendable)] { found.withLock { $0 } }
}
