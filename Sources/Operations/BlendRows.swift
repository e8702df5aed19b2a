import Dataflow
import Kernels
import Raster

/// `a + (b − a) · w` with `w = mask / 255`, or one weight for the whole picture; alpha is that of `a`.
struct BlendRows: RowOperator {
    let output: FieldFormat
    /// nil: the third input, a plane, is the mask.
    let weight: Float?
    var summary: String { weight == nil ? "blend by a mask, float32" : "blend, float32" }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let (channels, width) = (self.output.channels, self.output.size.width)
        for y in rows {
            let a = inputs[0].row(y, as: Float.self)
            let b = inputs[1].row(y, as: Float.self)
            let to = output.row(y, as: Float.self)
            if let weight {
                blendRow(a, b, weight: weight, to: to, count: self.output.samplesPerRow)
            } else {
                blendRow(
                    a, b, mask: inputs[2].row(y, as: Float.self), to: to, channels: channels, width: width)
            }
            if self.output.hasAlpha {
                moveSamples(
                    .float32, width, from: a, at: channels - 1, step: channels, to: to, at: channels - 1, step: channels
                )
            }
        }
    }
}

/// `x + amount · (x − blurred) + offset` where the difference is at least `threshold`.
struct UnsharpRows: RowOperator {
    let output: FieldFormat
    let amount: Float
    let threshold: Float
    let offset: Float
    var summary: String { "unsharp mask, float32" }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let (channels, width) = (self.output.channels, self.output.size.width)
        for y in rows {
            let from = inputs[0].row(y, as: Float.self)
            let to = output.row(y, as: Float.self)
            unsharpRow(
                from, inputs[1].row(y, as: Float.self), amount: amount, threshold: threshold, offset: offset, to: to,
                count: self.output.samplesPerRow)
            if self.output.hasAlpha {
                moveSamples(
                    .float32, width, from: from, at: channels - 1, step: channels, to: to, at: channels - 1,
                    step: channels)
            }
        }
    }
}

extension Graph {
    /// `original` where the mask is 0, `result` where it is 255.
    mutating func blended(_ original: FieldID, _ result: FieldID, mask: FieldID) throws(OperationError) -> FieldID {
        let formats = [original, result, mask].map { format(of: $0) }
        if formats[2].channels != 1 {
            throw OperationError(
                "channel-count", "the mask has \(formats[2].channels) channels; a mask is gray",
                hint: "put a gray or channel step before it")
        }
        try requireOneSize(formats.map(\.size), "a mask")
        let inputs = [real(original), real(result), real(mask)]
        return add(BlendRows(output: hull(inputs[0], inputs[1]), weight: nil), inputs)
    }

    /// The format of the first field, wide enough for values of both.
    func hull(_ first: FieldID, _ second: FieldID) -> FieldFormat {
        var output = format(of: first)
        let other = format(of: second)
        output.bounds =
            min(
                output.bounds.lowerBound, other.bounds.lowerBound)...max(
                output.bounds.upperBound, other.bounds.upperBound)
        output.isExact = false
        return output
    }

    mutating func unsharp(
        _ field: FieldID, _ blurred: FieldID, amount: Double, threshold: Double, offset: Double
    ) -> FieldID {
        let inputs = [real(field), real(blurred)]
        var output = format(of: inputs[0])
        let span = (output.bounds.upperBound - output.bounds.lowerBound) * Swift.abs(amount)
        output.bounds = output.bounds.lowerBound - span + offset...output.bounds.upperBound + span + offset
        output.isExact = false
        return add(
            UnsharpRows(
                output: output, amount: Float(amount), threshold: Float(threshold), offset: Float(offset)), inputs)
    }
}
