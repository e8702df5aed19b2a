/// What of the sources the operators really read.
extension Graph {
    /// The rows of a source that anything depends on; empty where nothing does.
    public func neededRows(source: Int) -> Range<Int> {
        let plan = SegmentPlan(self)
        for segment in plan.segments {
            for field in segment.sources {
                guard case .source(source) = fields[field].origin else { continue }
                if plan.isWhole[field] { return 0..<fields[field].format.size.height }
                let targets = segment.computed.filter { plan.isWhole[$0] || sinks.contains(FieldID(index: $0)) }.map {
                    RowTarget(field: $0, rows: 0..<fields[$0].format.size.height)
                }
                return StripWalk.requiredRows(self, segment: segment, targets: targets)[field]
            }
        }
        return 0..<0
    }

    /// Takes a source without its alpha, if nothing depends on that.
    ///
    /// - Returns: whether nothing does; otherwise the graph stays as it is.
    public mutating func dropUnreadAlpha(source: Int) -> Bool {
        let field = field(ofSource: source)
        guard format(of: field).hasAlpha else { return false }
        let format = format(of: field).withoutAlpha
        var graph = self
        graph.replace(field, by: format)
        guard graph.readWithoutAlpha(field, as: format, live: SegmentPlan.live(self)) else { return false }
        self = graph
        return true
    }

    /// Makes everything that reads `field` take it without its alpha, and goes on with what only passes that alpha on.
    private mutating func readWithoutAlpha(_ field: FieldID, as format: FieldFormat, live: [Bool]) -> Bool {
        if sinks.contains(field) || readers.contains(where: { $0.inputs.contains(field) }) { return false }
        for index in fields.indices where live[index] {
            guard case .computed(var op, let inputs) = fields[index].origin, inputs.contains(field) else { continue }
            let before = op.output
            for position in inputs.indices where inputs[position] == field {
                guard let other = op.reading(position, as: format) else { return false }
                op = other
            }
            let result = FieldID(index: index)
            replace(result, by: op, of: inputs)
            if op.output != before, !readWithoutAlpha(result, as: op.output, live: live) { return false }
        }
        return true
    }
}
