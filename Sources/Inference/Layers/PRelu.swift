import NetworkKernels
import ONNX

/// x below zero `slope · x`, otherwise x.
///
/// - Shapes: the slope (input 1) broadcasts to the input; the output has the input's shape. Until operator set 6 the
///   slope has one element, or one for each channel.
/// - Types: float32.
struct PRelu: Layer {
    static var inputCount: ClosedRange<Int> { 2...2 }
    private let isForChannels: Bool

    init(_ node: inout AttributeReader) {
        isForChannels = node.opset < 7
        node.ignore("consumed_inputs")
    }

    /// The slope's shape with its axes at the input's.
    private func slopeShape(_ slope: [Int], input: [Int]) throws(LayerError) -> [Int] {
        let isList = isForChannels && slope.count == 1 && slope[0] != 1 && input.count > 1
        let shape = isList ? slope + [Int](repeating: 1, count: input.count - 2) : slope
        guard try broadcast([input, shape]) == input else {
            throw .shape("a slope of shape \(slope) does not fit an input of shape \(input)")
        }
        return shape
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0, .float32), slope = try inputs.type(1, .float32)
        _ = try slopeShape(slope.shape, input: type.shape)
        return [ValueFacts(type)]
    }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.samePlace() }

    func run(_ run: LayerRun) throws(LayerError) {
        apply(.prelu, run, rightShape: try slopeShape(run.input(1).shape, input: run.input(0).shape))
    }
}
