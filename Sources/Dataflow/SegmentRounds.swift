import Raster
import Scheduling

/// Runs one segment in rounds: while the bands of one round are computed, the sources give the rows of the next one
/// and the sinks take those of the one before.
struct SegmentRounds: @unchecked Sendable {
    // Sendable: within a round each source and each sink is used by one thread, and rounds follow one another.

    private struct Feed {
        let field: Int
        let source: any RowSource
        /// The first row that is needed.
        var start: Int
        /// The row after the last that each round needs.
        var bounds: [Int]
        var storage: RowStorage?
    }

    private struct Drain {
        let field: Int
        let sink: any RowSink
        let storage: RowStorage
    }

    private let graph: Graph
    private let plan: SegmentPlan
    private let segment: Segment
    private let options: CutOptions
    private let width: Int
    private let rounds: [[RowTarget]]
    private var feeds: [Feed] = []
    private var drains: [Drain] = []
    private var memory: [(field: Int, window: RowWindow)] = []

    init(
        _ graph: Graph, _ plan: SegmentPlan, _ segment: Segment, sources: [SourceRows], sinks: [SinkRows],
        options: CutOptions, width: Int
    ) {
        self.graph = graph
        self.plan = plan
        self.segment = segment
        self.options = options
        self.width = width
        var targets = segment.computed.filter { plan.isWhole[$0] }
        var streams = false
        for sink in segment.sinks {
            targets.append(graph.sinks[sink].index)
            if case .stream = sinks[sink] { streams = true }
        }
        for field in segment.sources {
            guard case .source(let number) = graph.fields[field].origin else { continue }
            if plan.isWhole[field] { targets.append(field) }
            if case .stream = sources[number] { streams = true }
        }
        rounds = Self.rounds(graph, targets: targets, streams: streams, options: options, width: width)

        for field in segment.sources {
            guard case .source(let number) = graph.fields[field].origin else { continue }
            switch sources[number] {
            case .memory(let window): memory.append((field, window))
            case .stream(let source):
                feeds.append(feed(field, source))
            }
        }
        for sink in segment.sinks {
            let field = graph.sinks[sink].index
            switch sinks[sink] {
            case .memory(let window): memory.append((field, window))
            case .stream(let rows):
                let most = rounds.map { $0.first { $0.field == field }!.rows.count }.max() ?? 1
                let format = graph.fields[field].format
                drains.append(
                    Drain(
                        field: field, sink: rows,
                        storage: RowStorage(format, .none, capacity: width > 1 ? 2 * most : most)))
            }
        }
    }

    private static func rounds(
        _ graph: Graph, targets: [Int], streams: Bool, options: CutOptions, width: Int
    ) -> [[RowTarget]] {
        let height = targets.map { graph.fields[$0].format.size.height }.max() ?? 0
        guard height > 0 else { return [] }
        let rowBytes = targets.map { graph.fields[$0].format.bytesPerRow }.max() ?? 1
        let rows = options.roundRows ?? (streams ? roundRows(rowBytes, width: width) : height)
        let count = (height + rows - 1) / rows
        return (0..<count).map { round in
            targets.map { field in
                let height = graph.fields[field].format.size.height
                return RowTarget(field: field, rows: height * round / count..<height * (round + 1) / count)
            }
        }
    }

    /// One thread keeps a round in its cache; several need rounds that are tall beside what bands compute twice.
    static func roundRows(_ rowBytes: Int, width: Int) -> Int {
        let budget = width == 1 ? 1 << 18 : 1 << 22
        return min(max(budget / max(rowBytes, 1), 16), 256)
    }

    private func feed(_ field: Int, _ source: any RowSource) -> Feed {
        let format = graph.fields[field].format
        var bounds: [Int] = []
        var lowest: [Int] = []
        let required = rounds.map { StripWalk.requiredRows(graph, segment: segment, targets: $0)[field] }
        let start = required.filter { !$0.isEmpty }.map(\.lowerBound).min() ?? 0
        var bound = start
        for required in required {
            bound = max(bound, required.upperBound)
            bounds.append(bound)
            lowest.append(required.isEmpty ? bound : required.lowerBound)
        }
        if plan.isWhole[field] { return Feed(field: field, source: source, start: start, bounds: bounds, storage: nil) }
        var capacity = 1
        for round in bounds.indices {
            let ahead = width > 1 ? min(round + 1, bounds.count - 1) : round
            // A later round may reach further up than an earlier one.
            let low = lowest[round...].min() ?? 0
            capacity = max(capacity, bounds[ahead] - low)
        }
        return Feed(
            field: field, source: source, start: start, bounds: bounds,
            storage: RowStorage(format, .none, capacity: capacity))
    }

    func run(shared: [RowWindow?], prepared: [(any Sendable)?], context: RunContext) throws {
        var windows = shared
        for (field, window) in memory { windows[field] = window }
        for feed in feeds { windows[feed.field] = feed.storage?.window ?? shared[feed.field] }
        for drain in drains { windows[drain.field] = drain.storage.window }
        let bandCount = options.bandCount ?? (width > 1 ? 2 * width : 1)
        let runners = RunnerPool {
            [graph, plan, segment, windows] in
            StripRunner(
                graph, plan, segment: segment, stripRows: options.stripRows(of: segment), shared: windows,
                prepared: prepared, isAlone: bandCount == 1, profile: context.profile)
        }
        let single = bandCount == 1 ? runners.take() : nil
        single?.begin(rounds)

        for feed in feeds {
            if feed.start > 0 { try feed.source.skip(rows: feed.start) }
            try read(feed, round: 0, windows)
        }
        for round in rounds.indices {
            try context.checkCancellation()
            let bands = single == nil ? Self.bands(rounds[round], count: bandCount) : [rounds[round]]
            let tasks = RoundTasks(
                feeds: round + 1 < rounds.count ? feeds.count : 0, drains: round > 0 ? drains.count : 0)
            let work: @Sendable (Int) throws -> Void = { [windows] index in
                switch tasks.kind(of: index) {
                case .feed(let number): try read(feeds[number], round: round + 1, windows)
                case .drain(let number): try write(drains[number], round: round - 1)
                case .band(let number):
                    if let single {
                        single.compute(bands[number])
                    } else {
                        let runner = runners.take()
                        runner.begin([bands[number]])
                        runner.compute(bands[number])
                        runners.put(runner)
                    }
                }
            }
            if width == 1 {
                // In an order that keeps what was just computed in the cache, and needs room for one round only.
                for band in bands.indices { try work(tasks.index(ofBand: band)) }
                for drain in drains { try write(drain, round: round) }
                if round + 1 < rounds.count { for feed in feeds { try read(feed, round: round + 1, windows) } }
            } else {
                try context.workers.parallelFor(tasks.fixedCount + bands.count, work)
            }
        }
        if width > 1, !rounds.isEmpty { for drain in drains { try write(drain, round: rounds.count - 1) } }
        for drain in drains { try drain.sink.finish() }
        for feed in feeds { try finish(feed) }
    }

    private func read(_ feed: Feed, round: Int, _ windows: [RowWindow?]) throws {
        guard round < feed.bounds.count, let window = windows[feed.field] else { return }
        var row = round == 0 ? feed.start : feed.bounds[round - 1]
        while row < feed.bounds[round] {
            let slot = row % window.capacity
            let rows = min(feed.bounds[round] - row, window.capacity - slot)
            try feed.source.read(rows: rows, into: window.row(row), bytesPerRow: window.bytesPerRow)
            row += rows
        }
    }

    /// Passes over what no operator needs; damage there does not go unnoticed.
    private func finish(_ feed: Feed) throws {
        let rest = graph.fields[feed.field].format.size.height - (feed.bounds.last ?? 0)
        if rest > 0 { try feed.source.skip(rows: rest) }
        try feed.source.finish()
    }

    private func write(_ drain: Drain, round: Int) throws {
        let window = drain.storage.window
        let rows = rounds[round].first { $0.field == drain.field }!.rows
        var row = rows.lowerBound
        while row < rows.upperBound {
            let slot = row % window.capacity
            let count = min(rows.upperBound - row, window.capacity - slot)
            try drain.sink.write(rows: count, from: window.row(row), bytesPerRow: window.bytesPerRow)
            row += count
        }
    }

    private static func bands(_ targets: [RowTarget], count: Int) -> [[RowTarget]] {
        let height = targets.map(\.rows.count).max() ?? 0
        let count = max(1, min(count, height / 8))
        return (0..<count).map { band in
            targets.map { target in
                let rows = target.rows
                return RowTarget(
                    field: target.field,
                    rows: rows.lowerBound + rows.count * band / count..<rows.lowerBound + rows.count * (band + 1)
                        / count)
            }
        }
    }
}

/// What the indices of one round's loop stand for: what takes longest without help begins first.
private struct RoundTasks: Sendable {
    enum Kind {
        case feed(Int)
        case drain(Int)
        case band(Int)
    }

    let feeds: Int
    let drains: Int
    var fixedCount: Int { feeds + drains }

    func kind(of index: Int) -> Kind {
        if index < feeds { return .feed(index) }
        if index < fixedCount { return .drain(index - feeds) }
        return .band(index - fixedCount)
    }

    func index(ofBand band: Int) -> Int { fixedCount + band }
}

/// Runners that are not in use, so that bands and rounds use the same memory again.
private final class RunnerPool: Sendable {
    private let free = Guarded<[StripRunner]>([])
    private let make: @Sendable () -> StripRunner

    init(make: @escaping @Sendable () -> StripRunner) { self.make = make }

    func take() -> StripRunner { free.withLock { $0.popLast() } ?? make() }
    func put(_ runner: StripRunner) { free.withLock { $0.append(runner) } }
}
