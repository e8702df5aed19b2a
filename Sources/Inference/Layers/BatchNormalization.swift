import NetworkKernels
import ONNX

/// `y = scale[c] · (x − mean[c]) / √(variance[c] + epsilon) + bias[c]`
///
/// - Shapes: `[N, C, …]`, then scale, bias, mean and variance, `[C]` each.
/// - `epsilon`: by default 1e-5.
/// - Types: float32.
/// - Errors: training (`training_mode` 1) is not supported.
struct BatchNormalization: Layer {
    static var inputCount: ClosedRange<Int> { 5...5 }
    static var outputCount: ClosedRange<Int> { 1...5 }
    let epsilon: Float

    init(_ node: inout AttributeReader) throws(LayerError) {
        epsilon = try node.float("epsilon", default: 1e-5)
        node.ignore("momentum", "consumed_inputs")
        if node.opset >= 14, try node.flag("training_mode", default: false) {
            throw .unsupported("training is not supported; export the network for inference")
        }
        if node.opset < 7, try node.flag("is_test", default: false) == false {
            throw .unsupported("training is not supported; export the network for inference")
        }
        if node.opset < 9, try node.flag("spatial", default: true) == false {
            throw .unsupported("statistics for each element (spatial 0) are not supported")
        }
        if (1..<5).contains(where: { node.hasOutput($0) }) {
            throw .unsupported("the outputs of training are not supported")
        }
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.type(0, .float32)
        guard input.rank >= 2 else { throw .shape("an input of shape \(input.shape) without channels") }
        for index in 1...4 {
            let type = try inputs.type(index, .float32)
            guard type.shape == [input.shape[1]] else {
                throw .shape("input \(index) has shape \(type.shape) for \(input.shape[1]) channels")
            }
        }
        return [ValueFacts(input)]
    }

    /// What the layer does to each channel: `y = scale · x + shift`.
    static func affine(
        scale: UnsafePointer<Float>, bias: UnsafePointer<Float>, mean: UnsafePointer<Float>,
        variance: UnsafePointer<Float>, channel: Int, epsilon: Float
    ) -> (scale: Float, shift: Float) {
        let factor = scale[channel] / (variance[channel] + epsilon).squareRoot()
        return (factor, bias[channel] - mean[channel] * factor)
    }

    var inPlaceInput: Int? { 0 }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.only() }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        guard output.count > 0 else { return }
        let channels = input.shape[1], plane = input.type.count(from: 2)
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let parameters = (1...4).map { UnsafePointer(run.input($0).floats.baseAddress!) }
        run.workers.forEachRange(of: input.shape[0] * channels, length: max(1, parallelThreshold / plane)) { range in
            for index in range {
                let (scale, shift) = Self.affine(
                    scale: parameters[0], bias: parameters[1], mean: parameters[2], variance: parameters[3],
                    channel: index % channels, epsilon: epsilon)
                loops.affine(
                    source + index * plane, to: target + index * plane, count: plane, scale: scale, shift: shift)
            }
        }
    }
}
