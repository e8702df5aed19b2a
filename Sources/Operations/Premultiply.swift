import Dataflow
import Kernels
import Raster

/// Colours multiplied with their alpha, `c · α / 255`, or divided by it again.
///
/// Where no alpha is left, the colour becomes 0, or what of the limits is nearest to it. On the way back alpha is kept
/// within 0…255, where every alpha lies; a filter may have led beyond.
///
/// Premultiplied samples are plain numbers to whatever comes next: the format says that there is no alpha among them.
struct PremultiplyRows: RowOperator {
    let output: FieldFormat
    let forward: Bool
    /// Where colours are kept when they are divided: almost nothing, divided by almost nothing, may be anything.
    var limits: ClosedRange<Float> = -.infinity ... .infinity
    var summary: String { forward ? "premultiply by alpha, float32" : "divide by alpha, float32" }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let (channels, width) = (self.output.channels, self.output.size.width)
        for y in rows {
            let from = inputs[0].row(y, as: Float.self)
            let to = output.row(y, as: Float.self)
            if forward {
                premultiplyRow(from, to: to, channels: channels, width: width)
            } else {
                unpremultiplyRow(from, to: to, channels: channels, width: width, limits: limits)
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

    /// - `limits`: where colours are kept; nil leaves them what they are.
    mutating func unpremultiplied(_ field: FieldID, within limits: ClosedRange<Double>? = nil) -> FieldID {
        let input = real(field)
        var output = format(of: input)
        output.hasAlpha = true
        output.isExact = false
        if let limits { output.bounds = limits }
        return add(
            PremultiplyRows(
                output: output, forward: false,
                limits: limits.map { Float($0.lowerBound)...Float($0.upperBound) } ?? -.infinity ... .infinity),
            [input])
    }
}
