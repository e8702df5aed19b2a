/// A part of a graph whose operators run together, strip by strip; between two segments lie whole fields in memory.
struct Segment: Sendable {
    /// Fields computed here, in order.
    var computed: [Int] = []
    /// Sources whose rows are read here.
    var sources: [Int] = []
    /// Sinks fed here, as indices into the graph's sinks.
    var sinks: [Int] = []
    /// Readers that run when this segment is finished.
    var readers: [Int] = []
    /// Whole fields, from here or from earlier, that nobody needs afterwards.
    var released: [Int] = []
}

/// How a graph runs: its segments, and the fields that lie in memory as a whole.
struct SegmentPlan: Sendable {
    var segments: [Segment]
    /// For each field: whether all of it is kept in memory.
    var isWhole: [Bool]
    /// For each field, the fields computed from it within its own segment.
    var consumers: [[Int]]

    init(_ graph: Graph) {
        let count = graph.fields.count
        let live = Self.live(graph)
        var level = [Int](repeating: 0, count: count)
        isWhole = [Bool](repeating: false, count: count)
        consumers = [[Int]](repeating: [], count: count)
        var lastUse = [Int](repeating: 0, count: count)
        for (index, field) in graph.fields.enumerated() {
            guard live[index], case .computed(let op, let inputs) = field.origin else { continue }
            for (position, input) in inputs.enumerated() {
                let waits = op.access(position) == .whole
                if waits { isWhole[input.index] = true }
                level[index] = max(level[index], level[input.index] + (waits ? 1 : 0))
            }
        }
        for (index, field) in graph.fields.enumerated() {
            guard live[index], case .computed(let op, let inputs) = field.origin else { continue }
            for (position, input) in inputs.enumerated() {
                if level[input.index] < level[index] { isWhole[input.index] = true }
                lastUse[input.index] = max(lastUse[input.index], level[index])
                if op.access(position) == .rows, level[input.index] == level[index],
                    !consumers[input.index].contains(index)
                {
                    consumers[input.index].append(index)
                }
            }
        }
        segments = [Segment](repeating: Segment(), count: (level.max() ?? 0) + 1)
        for (index, field) in graph.fields.enumerated() where live[index] {
            switch field.origin {
            case .source: segments[level[index]].sources.append(index)
            case .computed: segments[level[index]].computed.append(index)
            }
        }
        for (index, field) in graph.sinks.enumerated() { segments[level[field.index]].sinks.append(index) }
        for (index, entry) in graph.readers.enumerated() {
            let after = entry.inputs.map { level[$0.index] }.max() ?? 0
            for input in entry.inputs {
                isWhole[input.index] = true
                lastUse[input.index] = max(lastUse[input.index], after)
            }
            segments[after].readers.append(index)
        }
        for index in 0..<count where isWhole[index] {
            segments[max(lastUse[index], level[index])].released.append(index)
        }
    }

    /// Which fields a sink or a reader depends on.
    static func live(_ graph: Graph) -> [Bool] {
        var live = [Bool](repeating: false, count: graph.fields.count)
        for field in graph.sinks { live[field.index] = true }
        for entry in graph.readers { for input in entry.inputs { live[input.index] = true } }
        for index in graph.fields.indices.reversed() where live[index] {
            guard case .computed(_, let inputs) = graph.fields[index].origin else { continue }
            for input in inputs { live[input.index] = true }
        }
        return live
    }
}
