import Raster
import Synchronization
import TestThreads
import Testing

@testable import Dataflow

/// Fails when it is made ready, or when it reads.
private struct Failing: RowOperator, FieldReader {
    let output: FieldFormat
    var summary: String { "fails" }
    func access(_ input: Int) -> InputAccess { .whole }
    func margin(_ input: Int) -> RowMargin { .none }
    func prepare(_ inputs: [RowWindow], context: RunContext) throws -> (any Sendable)? {
        throw Broken(place: "prepare")
    }
    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {}
    func read(_ inputs: [RowWindow], context: RunContext) throws { throw Broken(place: "reader") }
}

@Suite("A run that fails says why and ends")
struct FailureTests {
    private static let grid = Grid(random: 1, 5, 400)

    private func chain() -> Graph {
        var graph = Graph()
        let source = graph.source(Self.grid.format)
        let first = graph.add(Neighbours(output: Self.grid.format, above: 2, below: 2), [source])
        graph.sink(graph.add(Neighbours(output: Self.grid.format, above: 1, below: 1), [first]))
        return graph
    }

    private func workers(_ width: Int) -> any ParallelWorkers {
        width == 1 ? SingleWorker() : ThreadWorkers(width: width)
    }

    @Test(arguments: [0, 1, 17, 399, 400], [1, 3]) func sources(_ row: Int, _ width: Int) {
        let source = GridSource(Self.grid, failingAt: row)
        let sink = GridSink(width: 5)
        #expect(throws: Broken(place: row == 400 ? "end of source" : "source")) {
            try chain().run(
                sources: [.stream(source)], sinks: [.stream(sink)], context: RunContext(workers: workers(width)))
        }
        #expect(source.next == row)
    }

    @Test(arguments: [0, 1, 17, 399], [1, 3]) func sinks(_ row: Int, _ width: Int) {
        let sink = GridSink(width: 5, failingAt: row)
        #expect(throws: Broken(place: "sink")) {
            try chain().run(
                sources: [.stream(GridSource(Self.grid))], sinks: [.stream(sink)],
                context: RunContext(workers: workers(width)))
        }
        #expect(sink.grid.height == row)
        #expect(sink.finishCount == 0)
    }

    @Test(arguments: [1, 3]) func whatIsMadeReadyAndWhatReads(_ width: Int) {
        var graph = Graph()
        let field = graph.add(Upside(output: Self.grid.format), [graph.source(Self.grid.format)])
        var reading = graph
        reading.add(Failing(output: Self.grid.format) as any FieldReader, [field])
        graph.sink(graph.add(Failing(output: Self.grid.format) as any RowOperator, [field]))
        for (graph, place) in [(graph, "prepare"), (reading, "reader")] {
            #expect(throws: Broken(place: place)) {
                try graph.run(
                    sources: [.stream(GridSource(Self.grid))],
                    sinks: place == "prepare" ? [.stream(GridSink(width: 5))] : [],
                    context: RunContext(workers: workers(width)))
            }
        }
    }

    @Test(arguments: [1, 3]) func cancellationEndsARunBetweenRounds(_ width: Int) {
        for allowed in 0..<5 {
            let checks = Mutex(0)
            let context = RunContext(workers: workers(width)) {
                try checks.withLock {
                    $0 += 1
                    if $0 > allowed { throw Broken(place: "cancelled") }
                }
            }
            var options = CutOptions()
            options.roundRows = 50
            let source = GridSource(Self.grid)
            #expect(throws: Broken(place: "cancelled")) {
                try chain().run(
                    sources: [.stream(source)], sinks: [.stream(GridSink(width: 5))], options: options, context: context
                )
            }
            // At most the rows of one round more, and those beside them, have been read.
            #expect(source.next <= 50 * (allowed + 1) + 3)
            #expect(checks.withLock { $0 } == allowed + 1)
        }
    }
}

@Suite("Rows stay in memory only as long as they are needed")
struct CapacityTests {
    /// Three windows of three rows, one after the other.
    private func chain(height: Int) -> Graph {
        let format = Grid(width: 4, rows: [[Int32]](repeating: [0, 0, 0, 0], count: height)).format
        var graph = Graph()
        var field = graph.source(format)
        for _ in 0..<3 { field = graph.add(Neighbours(output: format, above: 1, below: 1), [field]) }
        graph.sink(field)
        return graph
    }

    private func capacities(_ graph: Graph, stripRows: Int, rounds: Int) -> [Int] {
        let plan = SegmentPlan(graph)
        let segment = plan.segments[0]
        let walk = StripWalk(graph, plan, segment: segment, stripRows: stripRows)
        let height = graph.format(of: graph.sinks[0]).size.height
        let targets = (0..<rounds).map { round in
            [RowTarget(field: 3, rows: height * round / rounds..<height * (round + 1) / rounds)]
        }
        let whole = [RowTarget(field: 3, rows: 0..<height)]
        let required = StripWalk.requiredRows(graph, segment: segment, targets: whole)
        return StripRunner.capacities(walk, rounds: targets, required: required)
    }

    @Test(arguments: [1, 2, 8, 30]) func aWindowHoldsAStripAndItsNeighbours(_ stripRows: Int) {
        for height in [200, 2000] {
            for rounds in [1, 5] {
                let capacities = capacities(chain(height: height), stripRows: stripRows, rounds: rounds)
                // Between two operators lie the rows that are computed at once, and those that the next strip reads
                // again or has to wait for.
                for field in 1...2 { #expect((3...2 * stripRows + 2).contains(capacities[field])) }
            }
        }
    }

    @Test func memoryDoesNotGrowWithTheHeightOfAStream() {
        for width in [1, 4] {
            let low = chain(height: 3000).predictedMemory(width: width)
            #expect(chain(height: 300_000).predictedMemory(width: width) == low)
        }
    }

    @Test func aWholeFieldIsGivenBackAfterItsLastUse() {
        let format = Grid(random: 1, 4, 100).format
        var graph = Graph()
        var field = graph.source(format)
        for _ in 0..<5 { field = graph.add(Upside(output: format), [field]) }
        graph.sink(field)
        let plan = SegmentPlan(graph)
        #expect(plan.segments.count == 6)
        // Two of them lie in memory at a time.
        let row = RowStorage.bytesPerRow(format, .none)
        #expect(graph.predictedMemory(width: 1) <= 3 * 100 * row)
        #expect(plan.segments.flatMap(\.released).sorted() == [0, 1, 2, 3, 4])
    }

    @Test func whatNothingDependsOnIsNotComputed() throws {
        let grid = Grid(random: 1, 4, 10)
        var graph = Graph()
        let source = graph.source(grid.format)
        let unused = graph.source(grid.format)
        _ = graph.add(Failing(output: grid.format) as any RowOperator, [unused])
        graph.sink(graph.add(Neighbours(output: grid.format, above: 0, below: 0), [source]))
        #expect(graph.isRead(source: 0))
        #expect(!graph.isRead(source: 1))
        let feed = GridSource(grid)
        try graph.run(
            sources: [.stream(GridSource(grid)), .stream(feed)], sinks: [.stream(GridSink(width: 4))])
        #expect(feed.next == 0)
    }

    @Test(arguments: [1, 3]) func aSourcePassesOverWhatNothingDependsOn(_ width: Int) throws {
        let grid = Grid(random: 2, 4, 900)
        let low = Grid(random: 3, 4, 100)
        var graph = Graph()
        let source = graph.source(grid.format)
        let part = graph.add(Part(output: low.format, first: 500), [source])
        graph.sink(graph.add(Neighbours(output: low.format, above: 2, below: 3), [part]))
        #expect(graph.neededRows(source: 0) == 500..<600)
        let feed = GridSource(grid)
        let sink = GridSink(width: 4)
        try graph.run(
            sources: [.stream(feed)], sinks: [.stream(sink)], context: RunContext(workers: ThreadWorkers(width: width)))
        #expect(feed.next == 900 && feed.finishCount == 1)
        #expect(feed.skipped == 800)
        let wanted = Neighbours(output: low.format, above: 2, below: 3)
            .evaluate([Grid(width: 4, rows: Array(grid.rows[500..<600]))])
        #expect(sink.grid == wanted)
    }
}

/// Some rows of a grid.
private struct Part: RowOperator {
    let output: FieldFormat
    let first: Int
    var summary: String { "part" }

    func inputRows(_ input: Int, for rows: Range<Int>) -> Range<Int> {
        rows.lowerBound + first..<rows.upperBound + first
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows {
            output.row(y).copyMemory(from: inputs[0].row(y + first), byteCount: self.output.bytesPerRow)
        }
    }
}

@Suite("Beyond the edge lie the samples that a border mode names")
struct BorderModeTests {
    @Test(arguments: BorderMode.allCases) func modes(_ mode: BorderMode) {
        for count in 1...6 {
            for index in -20...20 {
                var place: Int? = index
                while let i = place, i < 0 || i >= count {
                    switch mode {
                    case .zero: place = nil
                    case .replicate, .valid: place = i < 0 ? 0 : count - 1
                    case .wrap: place = i < 0 ? i + count : i - count
                    case .reflect: place = count == 1 ? 0 : (i < 0 ? -i : 2 * (count - 1) - i)
                    }
                }
                #expect(mode.source(of: index, count: count) == place)
            }
        }
    }
}
