import Raster

/// Where the rows of a source come from.
public enum SourceRows {
    /// In order, as long as they are needed.
    case stream(any RowSource)
    /// All are in memory, whose owner keeps it until the run ends.
    case memory(RowWindow)
}

/// Where the rows of a sink go.
public enum SinkRows {
    case stream(any RowSink)
    case memory(RowWindow)
}

/// How the work is cut. The result does not depend on it.
public struct CutOptions: Sendable {
    /// Rows that one operator computes before the next one goes on with them; nil: by the number of operators.
    public var stripRows: Int?
    /// Rows between two exchanges with sources and sinks; nil: by the width of the rows.
    public var roundRows: Int?
    /// Bands that a round is cut into; nil: by the number of workers.
    public var bandCount: Int?

    public init() {}

    /// Where nothing lies between two operators, no memory grows with the height of strips.
    func stripRows(of segment: Segment) -> Int { stripRows ?? (segment.computed.count > 1 ? 8 : 32) }
}

extension Graph {
    /// Computes every sink and runs every reader.
    ///
    /// - Throws: what a source, a sink, a reader or the cancellation throws. After that the sinks hold part of a picture.
    public func run(
        sources: [SourceRows], sinks: [SinkRows], options: CutOptions = CutOptions(), context: RunContext = RunContext()
    ) throws {
        precondition(sources.count == sourceCount && sinks.count == self.sinks.count)
        try GraphRun(self, sources: sources, sinks: sinks, options: options, context: context).run()
    }
}

/// The state of one run: the whole fields in memory, segment after segment.
private final class GraphRun {
    private let graph: Graph
    private let plan: SegmentPlan
    private let sources: [SourceRows]
    private let sinks: [SinkRows]
    private let options: CutOptions
    private let context: RunContext
    private var whole: [RowStorage?]
    private var wholeWindows: [RowWindow?]

    init(_ graph: Graph, sources: [SourceRows], sinks: [SinkRows], options: CutOptions, context: RunContext) {
        self.graph = graph
        plan = SegmentPlan(graph)
        self.sources = sources
        self.sinks = sinks
        self.options = options
        self.context = context
        whole = [RowStorage?](repeating: nil, count: graph.fields.count)
        wholeWindows = [RowWindow?](repeating: nil, count: graph.fields.count)
    }

    func run() throws {
        for segment in plan.segments {
            try run(segment)
            for reader in segment.readers {
                let entry = graph.readers[reader]
                let start = ContinuousClock.now
                try entry.reader.read(entry.inputs.map { wholeWindows[$0.index]! }, context: context)
                context.profile?.add(ContinuousClock.now - start, reader: reader)
            }
            for field in segment.released {
                whole[field] = nil
                wholeWindows[field] = nil
            }
        }
    }

    private func run(_ segment: Segment) throws {
        var shared = wholeWindows
        var prepared = [(any Sendable)?](repeating: nil, count: graph.fields.count)
        for index in segment.computed {
            guard case .computed(let op, let inputs) = graph.fields[index].origin,
                inputs.indices.contains(where: { op.access($0) == .whole })
            else { continue }
            prepared[index] = try context.profile.measure(field: index) {
                try op.prepare(inputs.map { wholeWindows[$0.index] ?? .empty }, context: context)
            }
        }
        for index in segment.computed + segment.sources where plan.isWhole[index] {
            if case .source(let number) = graph.fields[index].origin, case .memory(let window) = sources[number] {
                wholeWindows[index] = window
            } else {
                let field = graph.fields[index]
                let rows = RowStorage(field.format, field.margin, capacity: field.format.size.height)
                whole[index] = rows
                wholeWindows[index] = rows.window
            }
            shared[index] = wholeWindows[index]
        }
        let rounds = SegmentRounds(
            graph, plan, segment, sources: sources, sinks: sinks, options: options, width: context.workers.width)
        try rounds.run(shared: shared, prepared: prepared, context: context)
    }
}

extension RowWindow {
    fileprivate static let empty = RowWindow(
        base: UnsafeMutableRawPointer(bitPattern: 64)!, bytesPerRow: 0, capacity: 1)
}
