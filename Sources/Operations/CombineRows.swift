import Dataflow
import Kernels
import Raster

/// Several pictures of one shape and type become one, sample by sample, from the first input to the last; alpha is that
/// of the first, times `alphaFactor`.
struct CombineRows: RowOperator {
    enum Rule: Sendable {
        case fold(RowCombination)
        /// Each product but the first factor is divided by this.
        case multiply(divisor: Float)
        /// The root of the sum of squares.
        case magnitude
    }

    let rule: Rule
    let output: FieldFormat
    let alphaFactor: Float
    let summary: String

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let count = self.output.samplesPerRow
        for y in rows {
            let to = output.row(y)
            to.copyMemory(from: inputs[0].row(y), byteCount: self.output.bytesPerRow)
            for (index, input) in inputs.enumerated().dropFirst() {
                switch rule {
                case .fold(let combination):
                    combineRow(combination, self.output.type, input.row(y), into: to, count: count)
                case .multiply(let divisor):
                    multiplyRow(
                        to.assumingMemoryBound(to: Float.self), by: input.row(y, as: Float.self), divisor: divisor,
                        count: count)
                case .magnitude:
                    addSquares(
                        of: input.row(y, as: Float.self), to: to.assumingMemoryBound(to: Float.self),
                        holdsSquares: index > 1, count: count)
                }
            }
            if case .magnitude = rule { squareRootRow(to.assumingMemoryBound(to: Float.self), count: count) }
            if self.output.hasAlpha { restoreAlpha(inputs[0].row(y), to) }
        }
    }

    private func restoreAlpha(_ first: UnsafeRawPointer, _ output: UnsafeMutableRawPointer) {
        let channels = self.output.channels
        if alphaFactor == 1 {
            moveSamples(
                self.output.type, self.output.size.width, from: first, at: channels - 1, step: channels, to: output,
                at: channels - 1, step: channels)
        } else {
            let first = first.assumingMemoryBound(to: Float.self)
            let output = output.assumingMemoryBound(to: Float.self)
            for i in stride(from: channels - 1, to: self.output.samplesPerRow, by: channels) {
                output[i] = first[i] * alphaFactor
            }
        }
    }
}
