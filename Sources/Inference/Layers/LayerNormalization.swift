import NetworkKernels
import ONNX

/// `y = scale · (x − mean) / √(variance + epsilon) + bias`, with mean and variance over the axes from `axis` on.
///
/// - Shapes: scale and bias (optional) broadcast to the normalised axes. Outputs 1 and 2 are the mean and
///   `1 / √(variance + epsilon)`, with 1 in place of the normalised axes.
/// - `axis`: by default −1. `epsilon`: by default 1e-5.
/// - Types: float32.
struct LayerNormalization: Layer {
    static var opsets: ClosedRange<Int> { 17...21 }
    static var inputCount: ClosedRange<Int> { 2...3 }
    static var outputCount: ClosedRange<Int> { 1...3 }
    let axis: Int
    let epsilon: Float

    init(_ node: inout AttributeReader) throws(LayerError) {
        axis = try node.integer("axis") ?? -1
        epsilon = try node.float("epsilon", default: 1e-5)
        if try node.integer("stash_type", in: 1...1, default: 1) != 1 { throw .attribute("stash_type", "must be 1") }
    }

    /// Over the last axis.
    init(epsilon: Float) {
        axis = -1
        self.epsilon = epsilon
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.type(0, .float32)
        let axis = try normalized(axis: axis, rank: input.rank)
        let inner = Array(input.shape[axis...])
        for index in 1...2 where inputs.has(index) || index == 1 {
            let type = try inputs.type(index, .float32)
            guard try broadcast([inner, type.shape]) == inner else {
                throw .shape("input \(index) of shape \(type.shape) does not fit the axes \(inner)")
            }
        }
        if inner.contains(0) { throw .shape("nothing to normalise in shape \(input.shape)") }
        let kept = Array(input.shape[..<axis]) + inner.map { _ in 1 }
        let statistics = try TensorType(.float32, kept)
        return [ValueFacts(input), ValueFacts(statistics), ValueFacts(statistics)]
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        guard output.count > 0 else { return }
        let axis = axis < 0 ? axis + input.shape.count : axis
        let inner = Array(input.shape[axis...]), count = input.type.count(from: axis)
        let scale = run.input(1), bias = run.optional(2)
        let rows = BroadcastRows([scale.shape, bias?.shape ?? []], to: inner)
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let means = run.optionalOutput(1)?.floats, deviations = run.optionalOutput(2)?.floats
        let runs = input.count / count
        let zero = PaddedChannels([0])
        let factors = scale.floats.baseAddress!,
            terms = bias.map { UnsafePointer($0.floats.baseAddress!) } ?? zero.pointer
        // An element takes several passes.
        run.workers.forEachRange(of: runs, length: max(1, parallelThreshold / (8 * count))) { range in
            for index in range {
                let x = source + index * count, y = target + index * count
                let mean = Float(loops.sum(x, count: count) / Double(count))
                let variance = Float(loops.squaredDeviations(x, count: count, mean: mean) / Double(count))
                let factor = 1 / (variance + epsilon).squareRoot()
                means?[index] = mean
                deviations?[index] = factor
                for row in 0..<rows.rowCount {
                    let place = row * rows.rowLength
                    loops.affine(
                        x + place, to: y + place, count: rows.rowLength, scale: factor, shift: -mean * factor,
                        then: factors + rows.offset(ofRow: row, input: 0), step: rows.steps[0],
                        plus: terms + rows.offset(ofRow: row, input: 1), step: rows.steps[1])
                }
            }
        }
    }
}
