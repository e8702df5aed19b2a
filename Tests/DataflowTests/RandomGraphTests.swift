import Raster
import TestThreads
import Testing

@testable import Dataflow

/// A graph of operators chosen by chance, and what its sinks should get.
private struct RandomGraph {
    var graph = Graph()
    var sources: [Grid] = []
    var expected: [Grid] = []
    var sums: [String: Int32] = [:]

    init(_ seed: Int) {
        var randomness = Randomness(seed)
        var fields: [(id: FieldID, grid: Grid)] = []
        let width = Int.random(in: 1...7, using: &randomness)
        for index in 0..<Int.random(in: 1...2, using: &randomness) {
            let grid = Grid(random: seed + index, width, Int.random(in: 1...90, using: &randomness))
            fields.append((graph.source(grid.format), grid))
            sources.append(grid)
        }
        for _ in 0..<Int.random(in: 1...9, using: &randomness) {
            let (id, grid) = fields.randomElement(using: &randomness)!
            var inputs = [id]
            var grids = [grid]
            let op: any GridOperator
            switch Int.random(in: 0..<8, using: &randomness) {
            case 0, 1:
                op = Neighbours(
                    output: grid.format, above: Int.random(in: 0...4, using: &randomness),
                    below: Int.random(in: 0...4, using: &randomness))
            case 2:
                op = Sideways(
                    output: grid.format, left: Int.random(in: 0...9, using: &randomness),
                    right: Int.random(in: 0...9, using: &randomness),
                    border: [.replicate, .reflect, .zero, .wrap].randomElement(using: &randomness)!)
            case 3: op = Halve(input: grid.format)
            case 4 where grid.height < 300: op = Double2(input: grid.format)
            case 5:
                let count = Int.random(in: 1...grid.height, using: &randomness)
                op = Below(
                    input: grid.format, first: Int.random(in: 0...grid.height - count, using: &randomness), count: count
                )
            case 6: op = Upside(output: grid.format)
            default:
                let partner = fields.filter { $0.grid.format.size == grid.format.size }.randomElement(
                    using: &randomness)!
                inputs.append(partner.id)
                grids.append(partner.grid)
                op = Join(
                    output: grid.format, lag: Int.random(in: -6...6, using: &randomness),
                    isWhole: Int.random(in: 0..<4, using: &randomness) == 0)
            }
            fields.append((graph.add(op, inputs), op.evaluate(grids)))
        }
        for index in 0..<Int.random(in: 1...3, using: &randomness) {
            let (id, grid) = fields.randomElement(using: &randomness)!
            if Int.random(in: 0..<4, using: &randomness) == 0 {
                graph.add(SumReader(format: grid.format, key: "\(index)"), [id])
                sums["\(index)"] = grid.rows.reduce(0) { $1.reduce($0, &+) }
            }
            graph.sink(graph.add(CopyRows(format: grid.format), [id]))
            expected.append(grid)
        }
    }
}

@Suite("A graph gives the same rows, however it is cut")
struct RandomGraphTests {
    @Test(arguments: 0..<150) func graphs(_ seed: Int) throws {
        let random = RandomGraph(seed)
        for variant in 0..<6 {
            var options = CutOptions()
            options.stripRows = [8, 1, 2, 3, 5, 64][variant]
            options.roundRows = [nil, 1, 16, 7, nil, 3][(variant + seed) % 6]
            options.bandCount = [nil, 1, 2, 5, 3, 40][(variant + seed / 6) % 6]
            let width = [1, 3, 2][variant % 3]
            let context = RunContext(workers: width == 1 ? SingleWorker() : ThreadWorkers(width: width))
            let streams = variant % 2 == 0
            let feeds = random.sources.map { GridSource($0) }
            let memories = random.sources.map { GridMemory($0) }
            let sinks = random.expected.map { GridSink(width: $0.width) }
            let results = random.expected.map { GridMemory($0.format) }
            try random.graph.run(
                sources: streams ? feeds.map { .stream($0) } : memories.map { .memory($0.window) },
                sinks: streams ? sinks.map { .stream($0) } : results.map { .memory($0.window) }, options: options,
                context: context)
            #expect((streams ? sinks.map(\.grid) : results.map(\.grid)) == random.expected, "\(options) \(width)")
            for (key, sum) in random.sums {
                let found = context.findings.filter { $0.key == key }.map { $0.value as? Int32 }
                #expect(found == [sum])
            }
            if streams {
                #expect(sinks.allSatisfy { $0.finishCount == 1 })
                for (number, feed) in feeds.enumerated() where random.graph.isRead(source: number) {
                    // Every row is read once, those that nobody needs included.
                    #expect(feed.next == random.sources[number].height)
                    #expect(feed.finishCount == 1)
                }
            }
            #expect(memories.map(\.grid) == random.sources)
        }
    }

    /// A field that is kept as a whole and read row by row as well: bands need rows of it that belong to their neighbours.
    @Test func aFieldIsBothKeptAndReadOn() throws {
        let grid = Grid(random: 3, 5, 300)
        var graph = Graph()
        let first = Neighbours(output: grid.format, above: 1, below: 1)
        let second = Neighbours(output: grid.format, above: 4, below: 4)
        let field = graph.add(first, [graph.source(grid.format)])
        graph.add(SumReader(format: grid.format, key: "sum"), [field])
        graph.sink(graph.add(second, [field]))
        let expected = second.evaluate([first.evaluate([grid])])
        for bands in [2, 5, 30] {
            var options = CutOptions()
            options.bandCount = bands
            let sink = GridSink(width: 5)
            try graph.run(
                sources: [.stream(GridSource(grid))], sinks: [.stream(sink)], options: options,
                context: RunContext(workers: ThreadWorkers(width: 4)))
            #expect(sink.grid == expected)
        }
    }
}
