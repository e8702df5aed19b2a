import NetworkKernels
import ONNX

/// The largest element under a window that moves over each plane; padding never wins.
///
/// - Shapes: `[N, C, …]` with 1 to 3 spatial axes. Output 1 holds the places of the largest elements in the flattened
///   input.
/// - `kernel_shape`, `strides`, `dilations`, `pads`, `auto_pad`: as for Conv. `ceil_mode` 1: a last window that
///   reaches beyond the end counts. `storage_order` 1: places count column by column.
/// - Types: float32, uint8, int8.
struct MaxPool: Layer {
    static var outputCount: ClosedRange<Int> { 1...2 }
    let window: Window
    private let columnsFirst: Bool

    init(_ node: inout AttributeReader) throws(LayerError) {
        var window = try Window(&node)
        window.roundsUp = try node.flag("ceil_mode", default: false)
        self.window = window
        columnsFirst = try node.flag("storage_order", default: false)
    }

    func geometry(_ input: TensorType) throws(LayerError) -> SpatialAxes {
        guard input.rank >= 3 else { throw .shape("input of shape \(input.shape) without spatial axes") }
        let spatial = try SpatialAxes(window.axes(over: Array(input.shape[2...])))
        // A window that lies wholly in the padding would have no largest element.
        for axis in spatial.axes where axis.padBegin >= axis.extent || axis.padEnd >= axis.extent {
            throw .shape("pads of \(axis.padBegin) and \(axis.padEnd) for a kernel that spans \(axis.extent)")
        }
        if input.shape.contains(0) { throw .shape("an input of shape \(input.shape)") }
        return spatial
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.type(0, .float32, .uint8, .int8)
        let spatial = try geometry(input)
        let shape = Array(input.shape[..<2]) + spatial.axes.suffix(input.rank - 2).map(\.output)
        return [ValueFacts(try TensorType(input.element, shape)), ValueFacts(try TensorType(.int64, shape))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? {
        guard let reach = inputs.only(), let input = inputs.inputs.optional(0),
            let axes = try? window.axes(over: Array(input.shape[2...]))
        else { return nil }
        return reach.window(axes[0], axes[1])
    }

    func run(_ run: LayerRun) throws(LayerError) {
        switch run.input(0).element {
        case .float32: try pool(run, least: -Float.infinity)
        case .uint8: try pool(run, least: UInt8.min)
        default: try pool(run, least: Int8.min)
        }
    }

    private func pool<Element: TensorElement>(_ run: LayerRun, least: Element) throws(LayerError) {
        let input = run.input(0)
        let spatial = try geometry(input.type)
        let pooling = spatial.pooling, from = spatial.inputCount, to = spatial.outputCount
        let source = input.elements(of: Element.self).baseAddress!
        let target = run.output().elements(of: Element.self).baseAddress!
        let places = run.optionalOutput(1)?.int64s.baseAddress
        run.workers.forEach(input.shape[0] * input.shape[1]) { plane in
            pooling.maximum(
                source + plane * from, to: target + plane * to, least: least, places: places.map { $0 + plane * to },
                firstPlace: plane * from, columnsFirst: columnsFirst)
        }
    }
}
