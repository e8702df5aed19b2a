import Dataflow
import Kernels
import Raster

/// Transparency laid onto a background: `c · α / 255 + background · (1 − α / 255)`.
struct FlattenRows: RowOperator {
    let output: FieldFormat
    let background: [Float]
    var summary: String { "flatten transparency, float32" }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let colors = self.output.channels
        for y in rows {
            let from = inputs[0].row(y, as: Float.self)
            let to = output.row(y, as: Float.self)
            for x in 0..<self.output.size.width {
                let pixel = from + x * (colors + 1)
                let alpha = pixel[colors] / 255
                for c in 0..<colors { to[x * colors + c] = background[c] + (pixel[c] - background[c]) * alpha }
            }
        }
    }
}

extension Graph {
    /// The picture on a background of 8-bit colours; for a gray picture, on the background's luma.
    public mutating func flattened(_ field: FieldID, onto background: (UInt8, UInt8, UInt8)) -> FieldID {
        let input = real(field)
        var output = format(of: input)
        let rgb = [Float(background.0), Float(background.1), Float(background.2)]
        let luma = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
        output.channels -= 1
        output.hasAlpha = false
        output.isExact = false
        output.bounds = min(0, output.bounds.lowerBound)...max(255, output.bounds.upperBound)
        return add(FlattenRows(output: output, background: output.channels == 1 ? [luma] : rgb), [input])
    }
}
