import Dataflow
import Raster

/// Zero-mean normalised correlation times 255:
/// `255 · Σ (k − k̄) · x / √(Σ (k − k̄)² · Σ (x − x̄)²)`; 0 where all samples under the pattern are equal.
///
/// The first input is the picture, the second the sum of products with weights whose own sum is 0.
struct NormalizedResponseRows: RowOperator {
    let window: WindowGeometry
    let output: FieldFormat
    /// The root of the sum of the squared weights that the second input was made with, in units of both inputs' stored
    /// samples.
    let norm: Double
    var summary: String { "normalised correlation, float32" }

    func inputRows(_ input: Int, for rows: Range<Int>) -> Range<Int> {
        input == 0 ? window.inputRows(for: rows) : rows
    }
    func access(_ input: Int) -> InputAccess { input == 0 ? window.access : .rows }
    func margin(_ input: Int) -> RowMargin { input == 0 ? window.margin : .none }

    /// For each column, the sum of its samples under the window and that of their squares.
    private var columnCount: Int { output.size.width + window.columns - 1 }
    var scratchByteCount: Int { columnCount * 2 * MemoryLayout<Double>.stride }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let sums = work.scratch.assumingMemoryBound(to: Double.self)
        let squares = sums + columnCount
        let count = Double(window.rows * window.columns)
        for y in rows {
            for x in 0..<columnCount { (sums[x], squares[x]) = (0, 0) }
            for i in 0..<window.rows {
                guard let source = window.border.source(of: window.firstRow(y) + i, count: window.input.height)
                else { continue }
                let row = inputs[0].row(source, as: Float.self) + window.firstColumn
                for x in 0..<columnCount {
                    let sample = Double(row[x])
                    sums[x] += sample
                    squares[x] += sample * sample
                }
            }
            let products = inputs[1].row(y, as: Float.self)
            let result = output.row(y, as: Float.self)
            var sum = 0.0
            var square = 0.0
            for x in 0..<window.columns - 1 { (sum, square) = (sum + sums[x], square + squares[x]) }
            for x in 0..<self.output.size.width {
                sum += sums[x + window.columns - 1]
                square += squares[x + window.columns - 1]
                let variation = square - sum * sum / count
                // What is left of equal samples is the rounding of their squares.
                let isFlat = variation <= 1e-9 * square
                let response = isFlat ? 0 : Double(products[x]) / (norm * variation.squareRoot())
                result[x] = Float(255 * min(max(response, -1), 1))
                sum -= sums[x]
                square -= squares[x]
            }
        }
    }
}
