import NetworkKernels

/// Blocked planes with rows and columns around them, or fewer of them.
struct BlockedPadComputation: Computation {
    /// For each output row and column the input's; −1 where it is filled in.
    let rows: [Int]
    let columns: [Int]
    let fill: Float

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let height = input.shape[2], inputRow = input.shape[3] * 16, outputRow = columns.count * 16
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        // The longest stretch of columns that lie side by side in both.
        let first = columns.firstIndex { $0 >= 0 } ?? 0
        let begin = columns.lastIndex(of: 0) ?? first
        var end = begin
        while end < columns.count, columns[end] == columns[begin] + end - begin { end += 1 }
        run.workers.forEachRange(of: output.count / outputRow, length: max(1, parallelThreshold / outputRow)) { range in
            for row in range {
                let to = target + row * outputRow, place = rows[row % rows.count]
                guard place >= 0 else {
                    to.update(repeating: fill, count: outputRow)
                    continue
                }
                let from = source + (row / rows.count * height + place) * inputRow
                func copy(_ column: Int) {
                    if columns[column] < 0 {
                        (to + column * 16).update(repeating: fill, count: 16)
                    } else {
                        (to + column * 16).update(from: from + columns[column] * 16, count: 16)
                    }
                }
                for column in 0..<begin { copy(column) }
                if end > begin { (to + begin * 16).update(from: from + columns[begin] * 16, count: (end - begin) * 16) }
                for column in end..<columns.count { copy(column) }
            }
        }
    }
}
