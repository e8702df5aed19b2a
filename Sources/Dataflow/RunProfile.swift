import Scheduling

/// How long each operator and reader of a graph took, added up over all threads.
public final class RunProfile: Sendable {
    private struct Times {
        var fields: [Int: Duration] = [:]
        var readers: [Int: Duration] = [:]
    }

    private let times = Guarded(Times())

    public init() {}

    func add(_ time: Duration, field: Int) { times.withLock { $0.fields[field, default: .zero] += time } }
    func add(_ time: Duration, reader: Int) { times.withLock { $0.readers[reader, default: .zero] += time } }

    /// What was added between two places in the graph (`Graph.mark`).
    public func time(from start: (fields: Int, readers: Int), to end: (fields: Int, readers: Int)) -> Duration {
        times.withLock { times in
            (start.fields..<end.fields).reduce(.zero) { $0 + times.fields[$1, default: .zero] }
                + (start.readers..<end.readers).reduce(.zero) { $0 + times.readers[$1, default: .zero] }
        }
    }
}

extension RunProfile? {
    /// Runs `body` and adds its time, where anybody wants to know it.
    func measure<Result>(field: Int, _ body: () throws -> Result) rethrows -> Result {
        guard let self else { return try body() }
        let start = ContinuousClock.now
        defer { self.add(ContinuousClock.now - start, field: field) }
        return try body()
    }
}
