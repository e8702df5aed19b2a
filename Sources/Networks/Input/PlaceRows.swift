import Dataflow
import Raster

/// A picture put down at an offset in a larger or smaller one: `out[y, x] = in[y − b, x − a]`, or the filling beside it.
struct PlaceRows: RowOperator {
    let input: ImageSize
    let output: FieldFormat
    let offset: (x: Int, y: Int)
    /// For each channel.
    let fill: [Float]
    var summary: String { "place \(input) in \(output.size) at (\(offset.x), \(offset.y))" }

    func inputRows(_ input: Int, for rows: Range<Int>) -> Range<Int> {
        func row(_ y: Int) -> Int { min(max(y - offset.y, 0), self.input.height) }
        return row(rows.lowerBound)..<row(rows.upperBound)
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let channels = self.output.channels
        let first = max(0, offset.x)
        let end = min(self.output.size.width, input.width + offset.x)
        for y in rows {
            let to = output.row(y, as: Float.self)
            let isInside = y >= offset.y && y < input.height + offset.y && first < end
            fillPixels(to, isInside ? 0..<first : 0..<self.output.size.width)
            guard isInside else { continue }
            let from = inputs[0].row(y - offset.y, as: Float.self) + (first - offset.x) * channels
            (to + first * channels).update(from: from, count: (end - first) * channels)
            fillPixels(to, end..<self.output.size.width)
        }
    }

    private func fillPixels(_ row: UnsafeMutablePointer<Float>, _ columns: Range<Int>) {
        for x in columns { for c in fill.indices { row[x * fill.count + c] = fill[c] } }
    }
}
