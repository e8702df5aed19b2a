import Kernels
import Raster

/// Computes the rows of one segment on one thread, with windows and scratch memory of its own.
final class StripRunner: @unchecked Sendable {
    // Sendable: one thread at a time uses a runner; the executor's free list hands it on.

    private let graph: Graph
    private let plan: SegmentPlan
    private let segment: Segment
    private let prepared: [(any Sendable)?]
    private let profile: RunProfile?
    private var walk: StripWalk
    /// For each field: where its rows lie; shared windows come from the executor, the rest belongs to this runner.
    private var windows: [RowWindow?]
    private let isShared: [Bool]
    /// For each field that goes on to other operators here while its rows also go to a shared window: that window. Of
    /// such a field a band computes rows that belong to the bands beside it, so it does so in a window of its own.
    private let copies: [RowWindow?]
    /// For each field, the rows that this runner has to deliver.
    private var delivered: [Range<Int>]
    private var storage: [RowStorage?]
    private var scratch: [UnsafeMutableRawPointer?]

    /// - `isAlone`: no other runner works on the segment.
    init(
        _ graph: Graph, _ plan: SegmentPlan, segment: Segment, stripRows: Int, shared: [RowWindow?],
        prepared: [(any Sendable)?], isAlone: Bool, profile: RunProfile?
    ) {
        self.graph = graph
        self.plan = plan
        self.segment = segment
        self.prepared = prepared
        self.profile = profile
        walk = StripWalk(graph, plan, segment: segment, stripRows: stripRows)
        var copies = [RowWindow?](repeating: nil, count: graph.fields.count)
        if !isAlone {
            for index in segment.computed where !plan.consumers[index].isEmpty { copies[index] = shared[index] }
        }
        self.copies = copies
        delivered = [Range<Int>](repeating: 0..<0, count: graph.fields.count)
        windows = zip(shared, copies).map { $1 == nil ? $0 : nil }
        isShared = windows.map { $0 != nil }
        storage = [RowStorage?](repeating: nil, count: graph.fields.count)
        scratch = [UnsafeMutableRawPointer?](repeating: nil, count: graph.fields.count)
        for index in segment.computed {
            guard case .computed(let op, _) = graph.fields[index].origin, op.scratchByteCount > 0 else { continue }
            let memory = UnsafeMutableRawPointer.allocate(byteCount: op.scratchByteCount, alignment: 64)
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: op.scratchByteCount)
            scratch[index] = memory
        }
    }

    deinit {
        for case let memory? in scratch { memory.deallocate() }
    }

    /// Starts at the first rows of `rounds`, with windows that are large enough for all of them, one after the other.
    func begin(_ rounds: [[RowTarget]]) {
        let targets = Self.union(rounds)
        for target in targets { delivered[target.field] = target.rows }
        let required = StripWalk.requiredRows(graph, segment: segment, targets: targets)
        let capacities = Self.capacities(walk, rounds: rounds, required: required)
        for index in segment.computed where !isShared[index] {
            let field = graph.fields[index]
            if let window = windows[index], window.capacity >= capacities[index] { continue }
            let rows = RowStorage(field.format, field.margin, capacity: capacities[index])
            storage[index] = rows
            windows[index] = rows.window
        }
        walk.begin(required)
    }

    /// Computes the rows of `targets`, which go on where the last call ended.
    func compute(_ targets: [RowTarget]) {
        Self.proceed(&walk, targets) { field, rows in compute(field, rows) }
    }

    private static func union(_ rounds: [[RowTarget]]) -> [RowTarget] {
        guard let first = rounds.first, let last = rounds.last else { return [] }
        return zip(first, last).map {
            RowTarget(field: $0.field, rows: $0.rows.lowerBound..<$1.rows.upperBound)
        }
    }

    private func compute(_ index: Int, _ rows: Range<Int>) {
        let field = graph.fields[index]
        guard case .computed(let op, let inputs) = field.origin, let output = windows[index] else { return }
        let work = OperatorWork(scratch: scratch[index] ?? output.base, prepared: prepared[index])
        profile.measure(field: index) { op.compute(rows, inputs.map { windows[$0.index]! }, output, work) }
        if field.margin.left > 0 || field.margin.right > 0 {
            for y in rows { field.margin.fill(output.row(y), field.format) }
        }
        guard let copy = copies[index] else { return }
        let pixel = field.format.channels * field.format.type.byteCount
        let (left, right) = (field.margin.left * pixel, field.margin.right * pixel)
        for y in rows.clamped(to: delivered[index]) {
            (copy.row(y) - left).copyMemory(
                from: output.row(y) - left, byteCount: left + field.format.bytesPerRow + right)
        }
    }

    /// Takes the targets a strip at a time in turn, so that fields that several of them share stay in their windows.
    private static func proceed(
        _ walk: inout StripWalk, _ targets: [RowTarget], _ visit: (Int, Range<Int>) -> Void
    ) {
        let height = targets.map(\.rows.count).max() ?? 0
        let steps = (height + walk.stripRows - 1) / walk.stripRows
        for step in 0..<steps {
            // Where a low field has no row in a round or band, there is nothing to catch up with.
            for target in targets where !target.rows.isEmpty {
                let bound = target.rows.lowerBound + target.rows.count * (step + 1) / steps
                walk.advance(target.field, to: bound, visit)
            }
        }
    }

    /// For each field, how many rows have to be in memory at once.
    static func capacities(_ start: StripWalk, rounds: [[RowTarget]], required: [Range<Int>]) -> [Int] {
        var capacities = [Int](repeating: 1, count: required.count)
        var walk = start
        walk.begin(required)
        // `visit` runs while the walk is being changed, so the numbers it reads are kept twice.
        var observer = walk
        for targets in rounds {
            proceed(&walk, targets) { field, rows in
                observer.note(field, computedTo: rows.upperBound)
                capacities[field] = max(capacities[field], rows.upperBound - observer.lowestNeeded(field))
            }
        }
        return capacities
    }
}
