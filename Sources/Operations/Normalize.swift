import Dataflow
import Raster

/// Stretches the interval between the darkest and the brightest colour sample of the whole picture.
///
/// A picture of one value everywhere becomes `outputLow`.
struct NormalizeRows: RowOperator {
    let function: PointFunction
    let output: FieldFormat
    var summary: String { "normalize by the extremes of the whole picture, float32" }

    func access(_ input: Int) -> InputAccess { .whole }

    func prepare(_ inputs: [RowWindow], context: RunContext) throws -> (any Sendable)? {
        var low = Float.infinity
        var high = -Float.infinity
        for y in 0..<output.size.height {
            let row = inputs[0].row(y, as: Float.self)
            for x in 0..<output.size.width {
                for c in 0..<output.colorCount {
                    let sample = row[x * output.channels + c]
                    low = min(low, sample)
                    high = max(high, sample)
                }
            }
        }
        var function = function
        function.low = function.gain * Double(low) + function.bias
        function.high = function.gain * Double(high) + function.bias
        if function.high <= function.low { function.high = function.low + 1 }
        return function
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        guard let function = work.prepared as? PointFunction else { return }
        FunctionRows(function: function, output: self.output, summary: summary).compute(rows, inputs, output, work)
    }
}

extension Graph {
    /// Applies any function, those included that look at the whole picture first.
    mutating func applyWhole(_ function: PointFunction, to field: FieldID, _ context: LoweringContext) -> FieldID {
        guard function.name == .normalize else { return apply(function, to: field, context) }
        let input = real(field)
        var output = format(of: input)
        let ends = [function.outputLow, function.outputHigh].map { function.outerScale * $0 + function.shift }
        output.bounds = ends.min()!...ends.max()!
        output.isExact = false
        return add(NormalizeRows(function: function, output: output), [input])
    }
}
