import NetworkKernels
import ONNX

/// `y = scale[c] · (x − mean) / √(variance + epsilon) + bias[c]`, with mean and variance of each plane.
///
/// - Shapes: `[N, C, …]`, then scale and bias, `[C]` each.
/// - `epsilon`: by default 1e-5.
/// - Types: float32.
struct InstanceNormalization: Layer {
    static var inputCount: ClosedRange<Int> { 3...3 }
    let epsilon: Float

    init(_ node: inout AttributeReader) throws(LayerError) {
        epsilon = try node.float("epsilon", default: 1e-5)
        node.ignore("consumed_inputs")
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.spatial(0)
        for index in 1...2 {
            let type = try inputs.type(index, .float32)
            guard type.shape == [input.shape[1]] else {
                throw .shape("input \(index) has shape \(type.shape) for \(input.shape[1]) channels")
            }
        }
        return [ValueFacts(input)]
    }

    var inPlaceInput: Int? { 0 }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        guard output.count > 0 else { return }
        let channels = input.shape[1], plane = input.type.count(from: 2)
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let scale = run.input(1).floats.baseAddress!, bias = run.input(2).floats.baseAddress!
        run.workers.forEachRange(of: input.shape[0] * channels, length: max(1, parallelThreshold / plane)) { range in
            for index in range {
                normalize(
                    source + index * plane, to: target + index * plane, count: plane, epsilon: epsilon,
                    scale: scale[index % channels], bias: bias[index % channels])
            }
        }
    }
}

/// `y = scale · (x − mean) / √(variance + epsilon) + bias` over one run of elements.
func normalize(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int, epsilon: Float, scale: Float, bias: Float
) {
    let mean = Float(loops.sum(x, count: count) / Double(count))
    let variance = Float(loops.squaredDeviations(x, count: count, mean: mean) / Double(count))
    let factor = scale / (variance + epsilon).squareRoot()
    loops.affine(x, to: y, count: count, scale: factor, shift: bias - mean * factor)
}
