extension Graph {
    /// Bytes of the windows that a run holds at once, at most, with `width` threads.
    public func predictedMemory(width: Int) -> Int {
        let plan = SegmentPlan(self)
        var held = 0
        var most = 0
        for segment in plan.segments {
            var passing = 0
            let stripRows = CutOptions().stripRows(of: segment)
            for index in segment.computed + segment.sources {
                let field = fields[index]
                if case .computed(let op, _) = field.origin { passing += op.preparationByteCount(width: width) }
                let row = RowStorage.bytesPerRow(field.format, field.margin)
                if plan.isWhole[index] {
                    held += row * field.format.size.height
                } else {
                    passing += row * min(field.format.size.height, windowRows(index, plan, stripRows, width: width))
                }
            }
            most = max(most, held + passing)
            for index in segment.released {
                let field = fields[index]
                held -= RowStorage.bytesPerRow(field.format, field.margin) * field.format.size.height
            }
        }
        return most
    }

    /// Rows of a field that pass through memory: one window for each thread, or those of two rounds.
    private func windowRows(_ index: Int, _ plan: SegmentPlan, _ stripRows: Int, width: Int) -> Int {
        let rounds = 2 * SegmentRounds.roundRows(fields[index].format.bytesPerRow, width: width)
        let isShared = sinks.contains(FieldID(index: index))
        var halo = stripRows
        for consumer in plan.consumers[index] {
            guard case .computed(let op, let inputs) = fields[consumer].origin else { continue }
            let height = fields[consumer].format.size.height
            for (position, input) in inputs.enumerated() where input.index == index {
                let middle = height / 2
                halo = max(
                    halo, op.inputRows(position, for: middle..<min(middle + stripRows, height)).count)
            }
        }
        if case .source = fields[index].origin { return rounds + halo }
        return isShared ? rounds : width * halo
    }
}
