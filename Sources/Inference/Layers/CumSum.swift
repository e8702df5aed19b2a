import ONNX

/// Sums along an axis from its beginning: `y[…, i, …] = Σ x[…, j, …]` over `j ≤ i`.
///
/// - Input 1: the axis, one number, int64 or int32; negative ones count from the end.
/// - `exclusive` 1: over `j < i`; `reverse` 1: from the end on.
/// - Types: float32 and whole numbers, which wrap around.
struct CumSum: Layer {
    static var opsets: ClosedRange<Int> { 11...21 }
    static var inputCount: ClosedRange<Int> { 2...2 }
    private let isExclusive: Bool
    private let isReversed: Bool

    init(_ node: inout AttributeReader) throws(LayerError) {
        isExclusive = try node.flag("exclusive", default: false)
        isReversed = try node.flag("reverse", default: false)
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0, .float32, .int64, .int32)
        _ = try inputs.type(1, .int64, .int32)
        _ = try normalized(axis: try inputs.integer(1), rank: type.rank)
        return [ValueFacts(type)]
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let given = run.input(1).integer(at: 0)
        let axis = given < 0 ? given + input.shape.count : given
        let size = input.shape[axis], step = input.type.count(from: axis + 1)
        for outer in 0..<input.type.count(before: axis) {
            for inner in 0..<step {
                let first = outer * size * step + inner
                var sum = 0.0, whole = 0
                for i in 0..<size {
                    let place = first + (isReversed ? size - 1 - i : i) * step
                    if input.element == .float32 {
                        let value = Double(input.floats[place])
                        output.floats[place] = Float(isExclusive ? sum : sum + value)
                        sum += value
                    } else {
                        let value = input.integer(at: place)
                        output.setInteger(isExclusive ? whole : whole &+ value, at: place)
                        whole = whole &+ value
                    }
                }
            }
        }
    }
}
