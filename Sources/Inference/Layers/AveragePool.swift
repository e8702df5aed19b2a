import NetworkKernels
import ONNX

/// The mean under a window that moves over each plane.
///
/// - Shapes: `[N, C, …]` with 1 to 3 spatial axes.
/// - `kernel_shape`, `strides`, `dilations`, `pads`, `auto_pad`: as for Conv. `ceil_mode` 1: a last window that
///   reaches beyond the end counts. `count_include_pad` 1: padding counts as zeros.
/// - Types: float32.
struct AveragePool: Layer {
    let window: Window
    let countsPadding: Bool

    init(_ node: inout AttributeReader) throws(LayerError) {
        var window = try Window(&node)
        window.roundsUp = try node.flag("ceil_mode", default: false)
        self.window = window
        countsPadding = try node.flag("count_include_pad", default: false)
    }

    func geometry(_ input: TensorType) throws(LayerError) -> SpatialAxes {
        try SpatialAxes(window.axes(over: Array(input.shape[2...])))
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.spatial(0)
        let spatial = try geometry(input)
        let shape = Array(input.shape[..<2]) + spatial.axes.suffix(input.rank - 2).map(\.output)
        return [ValueFacts(try TensorType(.float32, shape))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? {
        guard let reach = inputs.only(), let input = inputs.inputs.optional(0),
            let axes = try? window.axes(over: Array(input.shape[2...]))
        else { return nil }
        return reach.window(axes[0], axes[1])
    }

    func run(_ run: LayerRun) throws(LayerError) {
        let input = run.input(0), output = run.output()
        guard output.count > 0 else { return }
        let spatial = try geometry(input.type)
        let pooling = spatial.pooling, from = spatial.inputCount, to = spatial.outputCount
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        run.workers.forEach(input.shape[0] * input.shape[1]) { plane in
            pooling.mean(source + plane * from, to: target + plane * to, countsPadding: countsPadding)
        }
    }
}
