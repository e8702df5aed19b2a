import Dataflow
import Kernels
import Raster

/// The end of a chain: stored samples rounded to whole numbers of the output's depth, and clipped.
struct Rounding: Sendable {
    let output: FieldFormat
    let quantizer: Quantizer

    init(_ input: FieldFormat, to type: SampleType) {
        output = FieldFormat(size: input.size, layout: input.layout, decoded: type)
        quantizer = Quantizer(divisor: input.divisor, output: type, isWhole: input.isExact)
    }

    var summary: String { "rounded to \(output.type == .uint16 ? 16 : 8) bits" }
}

/// An operator that can round its results itself, so that they are in memory once.
protocol RoundingOperator: RowOperator {
    /// nil where it cannot after all.
    func rounded(_ rounding: Rounding) -> (any RowOperator)?
}

/// A window of weights that slides over one field, with its sums stored or rounded.
protocol WindowOperator: RoundingOperator {
    var window: WindowGeometry { get }
    /// The stored sums.
    var sums: FieldFormat { get }
    /// How they are computed, for the plan.
    var arithmetic: String { get }
    /// Where set, the sums leave the operator rounded to 8 or 16 bits.
    var rounding: Rounding? { get set }
}

extension WindowOperator {
    var output: FieldFormat { rounding?.output ?? sums }
    var summary: String { rounding.map { "\(arithmetic), \($0.summary)" } ?? arithmetic }

    func inputRows(_ index: Int, for rows: Range<Int>) -> Range<Int> { window.inputRows(for: rows) }
    func access(_ index: Int) -> InputAccess { window.access }

    func rounded(_ rounding: Rounding) -> (any RowOperator)? {
        // With a stride most of what would be rounded is thrown away.
        guard window.stride == 1 else { return nil }
        var copy = self
        copy.rounding = rounding
        return copy
    }
}

/// Rounding as a step of its own.
struct QuantizeRows: RowOperator {
    let input: FieldFormat
    let rounding: Rounding
    var output: FieldFormat { rounding.output }
    var summary: String { rounding.summary }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows {
            quantizeRow(
                inputs[0].row(y), input.type, to: output.row(y), by: rounding.quantizer,
                count: self.output.samplesPerRow)
        }
    }
}

extension Graph {
    /// The samples as an encoder takes them: 8 or 16 bits, rounded and clipped.
    public mutating func quantized(
        _ field: FieldID, to type: SampleType, rewrites: Set<Rewrite> = Set(Rewrite.allCases)
    ) -> FieldID {
        let rounding = Rounding(format(of: field), to: type)
        if rewrites.contains(.fusedRounding), let (origin, inputs) = self.origin(of: field),
            let fused = (origin as? any RoundingOperator)?.rounded(rounding)
        {
            return add(fused, inputs)
        }
        return add(QuantizeRows(input: format(of: field), rounding: rounding), [field])
    }
}
