/// Rows of a field that are to be computed.
struct RowTarget: Sendable {
    var field: Int
    var rows: Range<Int>
}

/// The order in which one thread computes rows: each field only as far as its consumers ask, `stripRows` at a time.
///
/// It holds row numbers and no samples, so that the same walk first tells how many rows of each field are needed at
/// once, and then computes them.
struct StripWalk {
    private let graph: Graph
    private let plan: SegmentPlan
    private let isComputedHere: [Bool]
    let stripRows: Int
    /// For each field, the next row to compute.
    private(set) var next: [Int]
    /// For each field, the row after the last that is asked for.
    private(set) var end: [Int]

    init(_ graph: Graph, _ plan: SegmentPlan, segment: Segment, stripRows: Int) {
        self.graph = graph
        self.plan = plan
        self.stripRows = stripRows
        var here = [Bool](repeating: false, count: graph.fields.count)
        for field in segment.computed { here[field] = true }
        isComputedHere = here
        next = [Int](repeating: 0, count: graph.fields.count)
        end = next
    }

    /// The rows of every field that `targets` depend on within the segment; empty where there are none.
    static func requiredRows(
        _ graph: Graph, segment: Segment, targets: [RowTarget]
    ) -> [Range<Int>] {
        var required = [Range<Int>](repeating: 0..<0, count: graph.fields.count)
        for target in targets { widen(&required[target.field], by: target.rows) }
        for index in segment.computed.reversed() where !required[index].isEmpty {
            guard case .computed(let op, let inputs) = graph.fields[index].origin else { continue }
            for (position, input) in inputs.enumerated() where op.access(position) == .rows {
                widen(&required[input.index], by: op.inputRows(position, for: required[index]))
            }
        }
        return required
    }

    private static func widen(_ range: inout Range<Int>, by other: Range<Int>) {
        if other.isEmpty { return }
        range =
            range.isEmpty
            ? other : min(range.lowerBound, other.lowerBound)..<max(range.upperBound, other.upperBound)
    }

    /// Begins anew with the rows in `required`.
    mutating func begin(_ required: [Range<Int>]) {
        for index in required.indices {
            next[index] = required[index].lowerBound
            end[index] = required[index].upperBound
        }
    }

    /// Brings `field` to row `bound`, and before that whatever it depends on; `visit` computes `rows` of a field.
    mutating func advance(_ field: Int, to bound: Int, _ visit: (_ field: Int, _ rows: Range<Int>) throws -> Void)
        rethrows
    {
        guard isComputedHere[field], case .computed(let op, let inputs) = graph.fields[field].origin else { return }
        while next[field] < bound {
            let rows = next[field]..<min(bound, next[field] + stripRows)
            for (position, input) in inputs.enumerated()
            where isComputedHere[input.index] && op.access(position) == .rows {
                try advance(input.index, to: op.inputRows(position, for: rows).upperBound, visit)
            }
            try visit(field, rows)
            next[field] = rows.upperBound
        }
    }

    /// Takes over that the rows of `field` before `bound` are computed.
    mutating func note(_ field: Int, computedTo bound: Int) { next[field] = bound }

    /// The first row of `field` that a consumer still has to read.
    func lowestNeeded(_ field: Int) -> Int {
        var lowest = next[field]
        for consumer in plan.consumers[field] where next[consumer] < end[consumer] {
            guard case .computed(let op, let inputs) = graph.fields[consumer].origin else { continue }
            let row = next[consumer]
            for (position, input) in inputs.enumerated() where input.index == field {
                lowest = min(lowest, op.inputRows(position, for: row..<row + 1).lowerBound)
            }
        }
        return lowest
    }
}
