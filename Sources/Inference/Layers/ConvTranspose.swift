import NetworkKernels
import ONNX

/// Transposed convolution: every input element spreads over a window of the output.
///
/// `y[n, o, p·stride + k·dilation − pad] += w[c, o, k] · x[n, c, p]`, starting from `b[o]`.
///
/// - Shapes: `[N, C, …]`, weights `[C, O/G, …]`, bias `[O]` (optional); 1 to 3 spatial axes. The output has
///   `(size − 1) · stride + output_padding + (kernel − 1) · dilation + 1 − pads` elements along an axis.
/// - `group`, `strides`, `dilations`, `pads`, `auto_pad`, `kernel_shape`: as for Conv. `output_padding`: by default 0.
///   `output_shape`: fixes the output's sizes; the pads follow from it.
/// - Types: float32.
struct ConvTranspose: Layer {
    static var inputCount: ClosedRange<Int> { 2...3 }
    let window: Window
    let group: Int
    private let outputPadding: [Int]?
    private let outputShape: [Int]?

    init(_ node: inout AttributeReader) throws(LayerError) {
        window = try Window(&node)
        group = try node.integer("group", in: 1...1 << 20, default: 1)
        outputPadding = try node.integers("output_padding")
        outputShape = try node.integers("output_shape")
        for size in (outputPadding ?? []) + (outputShape ?? []) where size < 0 || size > 1 << 30 {
            throw .attribute(outputPadding == nil ? "output_shape" : "output_padding", "has the entry \(size)")
        }
    }

    func geometry(input: TensorType, weights: TensorType, bias: TensorType?) throws(LayerError) -> SpatialAxes {
        guard weights.rank == input.rank, weights.rank >= 3 else {
            throw .shape("weights of shape \(weights.shape) for an input of shape \(input.shape)")
        }
        guard weights.shape[0] == input.shape[1], input.shape[1] % group == 0, !weights.shape.contains(0) else {
            throw .shape(
                "weights of shape \(weights.shape) in \(group) group(s) do not fit \(input.shape[1]) channels of "
                    + "shape \(input.shape)")
        }
        let outputs = weights.shape[1] * group
        if let bias, bias.shape != [outputs] {
            throw .shape("a bias of shape \(bias.shape) for \(outputs) output channels")
        }
        let rank = input.rank - 2
        let spatial = Array(input.shape[2...]), kernel = Array(weights.shape[2...])
        for (name, values) in [
            ("strides", window.strides), ("dilations", window.dilations), ("output_padding", outputPadding),
            ("kernel_shape", window.kernel),
        ] {
            if let values, values.count != rank {
                throw .attribute(name, "has \(values.count) entries; \(rank) spatial axes take \(rank)")
            }
        }
        if let stated = window.kernel, stated != kernel {
            throw .attribute("kernel_shape", "is \(stated), but the weights have \(kernel)")
        }
        if let pads = window.pads, pads.count != 2 * rank {
            throw .attribute("pads", "has \(pads.count) entries; \(rank) spatial axes take \(2 * rank)")
        }
        if let outputShape, outputShape.count != rank, outputShape.count != rank + 2 {
            throw .attribute("output_shape", "has \(outputShape.count) entries; \(rank) spatial axes take \(rank)")
        }
        var axes: [Window.Axis] = []
        for index in 0..<rank {
            var axis = Window.Axis(
                input: spatial[index], output: 0, kernel: kernel[index], stride: window.strides?[index] ?? 1,
                dilation: window.dilations?[index] ?? 1, padBegin: window.pads?[index] ?? 0,
                padEnd: window.pads?[rank + index] ?? 0)
            let full = (axis.input - 1) * axis.stride + (outputPadding?[index] ?? 0) + axis.extent
            var wanted: Int?
            if let outputShape {
                wanted = outputShape[outputShape.count - rank + index]
            } else if window.automatic == .sameUpper || window.automatic == .sameLower {
                wanted = axis.input * axis.stride
            }
            if let wanted {
                let total = max(0, full - wanted)
                axis.padBegin = window.automatic == .sameUpper ? total / 2 : total - total / 2
                axis.padEnd = total - axis.padBegin
                axis.output = wanted
            } else {
                axis.output = full - axis.padBegin - axis.padEnd
            }
            guard axis.input > 0, axis.output > 0 else {
                throw .shape("an output of \(axis.output) elements along spatial axis \(index)")
            }
            axes.append(axis)
        }
        return try SpatialAxes(axes)
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.spatial(0), weights = try inputs.type(1, .float32)
        let bias = inputs.has(2) ? try inputs.type(2, .float32) : nil
        let spatial = try geometry(input: input, weights: weights, bias: bias)
        let shape = [input.shape[0], weights.shape[1] * group] + spatial.axes.suffix(input.rank - 2).map(\.output)
        return [ValueFacts(try TensorType(.float32, shape))]
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        (inputs[0]?.count ?? 0) * (inputs[1]?.count(from: 1) ?? 0)
    }

    func reach(_ inputs: ReachInputs) -> Reach? {
        guard let reach = inputs.only(), let input = inputs.inputs.optional(0), let weights = inputs.inputs.optional(1),
            let axes = try? geometry(input: input, weights: weights, bias: nil).axes
        else { return nil }
        // Output j takes input i where i · stride + k · dilation − pad = j for a place k of the kernel.
        func axis(_ reach: AxisReach, _ axis: Window.Axis) -> AxisReach {
            let stride = Double(axis.stride)
            return reach.window(
                stride: 1 / stride, first: Double(axis.padBegin - axis.extent + 1) / stride,
                last: Double(axis.padBegin) / stride)
        }
        return Reach(rows: axis(reach.rows, axes[1]), columns: axis(reach.columns, axes[2]))
    }

    func run(_ run: LayerRun) throws(LayerError) {
        let input = run.input(0), weights = run.input(1), output = run.output()
        guard output.count > 0 else { return }
        let spatial = try geometry(input: input.type, weights: weights.type, bias: run.optional(2)?.type)
        let channels = input.shape[1] / group, perGroup = weights.shape[1], outputs = perGroup * group
        let convolution = spatial.convolution(channels: channels)
        let inputPlane = spatial.inputCount, outputPlane = spatial.outputCount, kernel = spatial.kernelCount
        let bias = run.optional(2)?.floats
        let source = input.floats.baseAddress!, w = weights.floats.baseAddress!, target = output.floats.baseAddress!
        run.workers.forEach(input.shape[0] * outputs) { index in
            let n = index / outputs, o = index % outputs, g = o / perGroup
            convolution.transposedChannel(
                source + (n * input.shape[1] + g * channels) * inputPlane,
                weights: w + (g * channels * perGroup + o % perGroup) * kernel, weightStride: perGroup * kernel,
                bias: bias?[o] ?? 0, to: target + index * outputPlane)
        }
    }
}
