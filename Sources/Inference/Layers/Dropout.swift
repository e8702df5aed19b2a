import ONNX

/// `y = x`: outside training nothing is dropped, and the mask (output 1) is true everywhere.
///
/// - Shapes: any; the outputs have the input's.
/// - Errors: input 2 (`training_mode`) must not be true unless input 1 (`ratio`) is 0.
struct Dropout: Layer {
    static var inputCount: ClosedRange<Int> { 1...3 }
    static var outputCount: ClosedRange<Int> { 1...2 }

    private let maskType: ElementType?

    init(_ node: inout AttributeReader) throws(LayerError) {
        // Until operator set 7 the mask had the data's type; until 6 training was an attribute.
        maskType = node.opset < 10 ? nil : .bool
        node.ignore("ratio", "seed", "consumed_inputs")
        if node.opset < 7, try node.flag("is_test", default: false) == false, node.hasOutput(1) {
            throw .unsupported("training is not supported; export the network for inference")
        }
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0)
        if inputs.has(2) {
            let training = try inputs.type(2, .bool)
            if training.count != 1 { throw .shape("input 2 has \(training.count) elements instead of one") }
            // Training that drops nothing is the same as none.
            let keepsAll = inputs.has(1) ? try inputs.constant(1).doubles == [0] : false
            if try inputs.constant(2).doubles[0] != 0, !keepsAll {
                throw .unsupported("training is not supported; export the network for inference")
            }
        }
        return [ValueFacts(type), ValueFacts(try TensorType(maskType ?? type.element, type.shape))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.only() }

    func run(_ run: LayerRun) {
        run.output().copy(from: run.input(0))
        guard let mask = run.optionalOutput(1) else { return }
        switch mask.element {
        case .bool: mask.flags.update(repeating: 1)
        case .float32: mask.floats.update(repeating: 1)
        case .int64, .int32, .uint8, .int8: break
        }
    }
}
