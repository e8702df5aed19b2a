import NetworkKernels
import ONNX

/// x below zero `slope · x`, otherwise x.
///
/// - Shapes: the slope (input 1) broadcasts to the input; the output has the input's shape.
/// - Types: float32.
struct PRelu: Layer {
    static var opsets: ClosedRange<Int> { 7...21 }
    static var inputCount: ClosedRange<Int> { 2...2 }

    init(_ node: inout AttributeReader) {}

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0, .float32), slope = try inputs.type(1, .float32)
        guard try broadcast([type.shape, slope.shape]) == type.shape else {
            throw .shape("a slope of shape \(slope.shape) does not fit an input of shape \(type.shape)")
        }
        return [ValueFacts(type)]
    }

    func run(_ run: LayerRun) { apply(.prelu, run) }
}
