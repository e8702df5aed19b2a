import Dataflow
import Raster

/// Colours multiplied with their alpha, `c · α / 255`, or divided by it again; a colour without alpha becomes 0.
///
/// Premultiplied samples are plain numbers to whatever comes next: the format says that there is no alpha among them.
struct PremultiplyRows: RowOperator {
    let output: FieldFormat
    let forward: Bool
    var summary: String { forward ? "premultiply by alpha, float32" : "divide by alpha, float32" }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let channels = self.output.channels
        for y in rows {
            let from = inputs[0].row(y, as: Float.self)
            let to = output.row(y, as: Float.self)
            for x in 0..<self.output.size.width {
                let p = x * channels
                let alpha = from[p + channels - 1]
                let factor = forward ? alpha / 255 : (alpha > 0 ? 255 / alpha : 0)
                for c in 0..<channels - 1 { to[p + c] = from[p + c] * factor }
                to[p + channels - 1] = alpha
            }
        }
    }
}

extension Graph {
    mutating func premultiplied(_ field: FieldID) -> FieldID {
        let input = real(field)
        var output = format(of: input)
        output.hasAlpha = false
        output.isExact = false
        output.bounds = min(0, output.bounds.lowerBound)...max(255, output.bounds.upperBound)
        return add(PremultiplyRows(output: output, forward: true), [input])
    }

    mutating func unpremultiplied(_ field: FieldID) -> FieldID {
        let input = real(field)
        var output = format(of: input)
        output.hasAlpha = true
        output.isExact = false
        return add(PremultiplyRows(output: output, forward: false), [input])
    }
}
