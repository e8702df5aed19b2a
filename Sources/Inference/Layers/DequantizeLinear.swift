import ONNX

/// `y = (x − zero) · scale`
///
/// - Scale (input 1) and zero point (input 2, 0 by default): one, or one for each place along `axis` (1 by default).
/// - Types: uint8, int8 or int32 in, float32 out.
struct DequantizeLinear: Layer {
    static var opsets: ClosedRange<Int> { 10...21 }
    static var inputCount: ClosedRange<Int> { 2...3 }
    private let parameters: QuantizationParameters

    init(_ node: inout AttributeReader) throws(LayerError) { parameters = try QuantizationParameters(&node) }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.type(0, .uint8, .int8, .int32)
        try parameters.check(input, inputs)
        if inputs.has(2), try inputs.type(2).element != input.element {
            throw .type("the zero point is \(try inputs.type(2).element), the input \(input.element)")
        }
        return [ValueFacts(try TensorType(.float32, input.shape))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.only() }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output().floats
        parameters.forEachRun(run) { range, scale, zero in
            for index in range { output[index] = Float(input.integer(at: index) - zero) * scale }
        }
    }
}
