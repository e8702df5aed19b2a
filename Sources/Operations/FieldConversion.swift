import Dataflow
import Kernels
import Raster

/// The same values stored in another way: `out = in · factor`, in another type and with the divisor `factor` times as
/// large (or, with `isReal`, `out = in / divisor` with the divisor 1).
struct ConvertRows: RowOperator {
    let input: FieldFormat
    let output: FieldFormat
    let factor: Int
    let isReal: Bool

    var summary: String {
        isReal ? "to \(output.type.rawValue)" : "to \(output.type.rawValue)" + (factor == 1 ? "" : ", times \(factor)")
    }

    func reading(_ index: Int, as format: FieldFormat) -> (any RowOperator)? {
        ConvertRows(input: format, output: output.withoutAlpha, factor: factor, isReal: isReal)
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let count = self.output.samplesPerRow
        for y in rows {
            let to = output.row(y)
            convertRow(inputs[0].row(y), input.type, to: to, self.output.type, count: count)
            if isReal {
                if input.divisor != 1 {
                    divideRow(to.assumingMemoryBound(to: Float.self), by: Float(input.divisor), count: count)
                }
            } else if factor != 1 {
                multiplyRow(to, self.output.type, by: factor, count: count)
            }
        }
    }
}

extension Graph {
    /// The field as real numbers: float32 with the divisor 1.
    public mutating func real(_ field: FieldID) -> FieldID {
        let format = format(of: field)
        if format.type == .float32, format.divisor == 1 { return field }
        var output = format
        output.type = .float32
        output.divisor = 1
        output.bounds = format.values
        output.isExact = format.isExact && format.divisor == 1
        return add(ConvertRows(input: format, output: output, factor: 1, isReal: true), [field])
    }

    /// The field in another type that holds all its values, with its divisor.
    mutating func converted(_ field: FieldID, to type: SampleType) -> FieldID {
        let format = format(of: field)
        if format.type == type { return field }
        var output = format
        output.type = type
        return add(ConvertRows(input: format, output: output, factor: 1, isReal: false), [field])
    }

    /// The fields in one type and with one divisor, so that their samples can be added and put together.
    mutating func aligned(_ fields: [FieldID]) -> [FieldID] {
        let formats = fields.map { format(of: $0) }
        guard let first = formats.first else { return [] }
        if formats.allSatisfy({ $0.type == first.type && $0.divisor == first.divisor }) { return fields }
        let divisor = formats.reduce(1) { $0 == 0 ? 0 : leastCommonMultiple($0, $1.divisor) ?? 0 }
        let isExact = divisor > 0 && formats.allSatisfy(\.isExact)
        let largest = formats.map { format in
            let factor = Double(divisor / max(format.divisor, 1))
            return max(abs(format.storedBounds.lowerBound), abs(format.storedBounds.upperBound)) * factor
        }.max()!
        guard isExact, largest <= exactFloatLimit else { return fields.map { real($0) } }
        let narrow = largest <= 32767 && formats.allSatisfy { $0.type == .uint8 || $0.type == .int16 }
        return zip(fields, formats).map { field, format in
            let factor = divisor / format.divisor
            var output = format
            output.type = narrow ? .int16 : .float32
            output.divisor = divisor
            output.bounds =
                format.bounds.lowerBound * Double(factor)...format.bounds.upperBound * Double(factor)
            if output == format { return field }
            return add(ConvertRows(input: format, output: output, factor: factor, isReal: false), [field])
        }
    }
}

/// Integers up to this magnitude are exact in float32.
let exactFloatLimit = 16_777_216.0
