import NetworkKernels
import ONNX

/// Convolution (as correlation, without a flip) with zeros around the input.
///
/// `y[n, o, p] = b[o] + Σ w[o, c, k] · x[n, g·C/G + c, p·stride + k·dilation − pad]` over the channels c of o's
/// group g and the places k of the kernel.
///
/// - Shapes: `[N, C, …]`, weights `[O, C/G, …]`, bias `[O]` (optional); 1 to 3 spatial axes.
/// - `group`: divides C and O, by default 1. `strides`, `dilations`: by default 1. `pads`: beginnings, then ends, by
///   default 0. `auto_pad`: `NOTSET`, `SAME_UPPER`, `SAME_LOWER`, `VALID`. `kernel_shape`: as the weights have it.
/// - Types: float32.
struct Conv: Layer {
    static var inputCount: ClosedRange<Int> { 2...3 }
    var window: Window
    var group: Int

    init(_ node: inout AttributeReader) throws(LayerError) {
        window = try Window(&node)
        group = try node.integer("group", in: 1...1 << 20, default: 1)
    }

    func geometry(input: TensorType, weights: TensorType, bias: TensorType?) throws(LayerError) -> SpatialAxes {
        guard weights.rank == input.rank, weights.rank >= 3 else {
            throw .shape("weights of shape \(weights.shape) for an input of shape \(input.shape)")
        }
        let outputs = weights.shape[0]
        guard weights.shape[1] * group == input.shape[1], outputs % group == 0, !weights.shape.contains(0) else {
            throw .shape(
                "weights of shape \(weights.shape) in \(group) group(s) do not fit \(input.shape[1]) channels of "
                    + "shape \(input.shape)")
        }
        if let bias, bias.shape != [outputs] {
            throw .shape("a bias of shape \(bias.shape) for \(outputs) output channels")
        }
        return try SpatialAxes(
            window.axes(over: Array(input.shape[2...]), kernelShape: Array(weights.shape[2...])))
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.spatial(0), weights = try inputs.type(1, .float32)
        let bias = inputs.has(2) ? try inputs.type(2, .float32) : nil
        let spatial = try geometry(input: input, weights: weights, bias: bias)
        let shape = [input.shape[0], weights.shape[0]] + spatial.axes.suffix(input.rank - 2).map(\.output)
        return [ValueFacts(try TensorType(.float32, shape))]
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        (outputs[0]?.count ?? 0) * (inputs[1]?.count(from: 1) ?? 0)
    }

    func check(constants: [TensorType?]) throws(LayerError) {
        guard let weights = constants[1] else { return }
        guard (3...5).contains(weights.rank), !weights.shape.contains(0), weights.shape[0] % group == 0 else {
            throw .shape("weights of shape \(weights.shape) in \(group) group(s)")
        }
        if let stated = window.kernel, stated != Array(weights.shape[2...]) {
            throw .attribute("kernel_shape", "is \(stated), but the weights have \(weights.shape[2...])")
        }
        if constants.count > 2, let bias = constants[2], bias.shape != [weights.shape[0]] {
            throw .shape("a bias of shape \(bias.shape) for weights of shape \(weights.shape)")
        }
    }

    func reach(_ inputs: ReachInputs) -> Reach? {
        guard let reach = inputs.only(), let input = inputs.inputs.optional(0), let weights = inputs.inputs.optional(1),
            let axes = try? window.axes(over: Array(input.shape[2...]), kernelShape: Array(weights.shape[2...]))
        else { return nil }
        return reach.window(axes[0], axes[1])
    }

    func run(_ run: LayerRun) throws(LayerError) {
        let input = run.input(0), weights = run.input(1), output = run.output()
        guard output.count > 0 else { return }
        let spatial = try geometry(input: input.type, weights: weights.type, bias: run.optional(2)?.type)
        let channels = weights.shape[1], outputs = weights.shape[0]
        let convolution = spatial.convolution(channels: channels)
        let inputPlane = spatial.inputCount, outputPlane = spatial.outputCount, kernel = spatial.kernelCount
        let bias = run.optional(2)?.floats
        let source = input.floats.baseAddress!, w = weights.floats.baseAddress!, target = output.floats.baseAddress!
        run.workers.forEach(input.shape[0] * outputs) { index in
            let n = index / outputs, o = index % outputs
            let first = o / (outputs / group) * channels
            convolution.channel(
                source + (n * input.shape[1] + first) * inputPlane, weights: w + o * channels * kernel,
                bias: bias?[o] ?? 0, to: target + index * outputPlane)
        }
    }
}
