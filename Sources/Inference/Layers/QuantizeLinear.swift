import ONNX

/// `y = saturate(round(x / scale) + zero)`, halves to the even number.
///
/// - Scale (input 1) and zero point (input 2, 0 by default): one, or one for each place along `axis` (1 by default).
/// - Types: float32 or int32 in; uint8 or int8 out, as the zero point has it, uint8 without one.
struct QuantizeLinear: Layer {
    static var opsets: ClosedRange<Int> { 10...21 }
    static var inputCount: ClosedRange<Int> { 2...3 }
    private let parameters: QuantizationParameters
    private let target: ElementType?

    init(_ node: inout AttributeReader) throws(LayerError) {
        parameters = try QuantizationParameters(&node)
        node.ignore("saturate")
        if node.opset >= 21, let number = try node.integer("output_dtype"), number != 0 {
            guard let type = ElementType(dataType: number), type == .uint8 || type == .int8 else {
                throw .attribute("output_dtype", "is \(ElementType.name(ofDataType: number)), which is not supported")
            }
            target = type
        } else {
            target = nil
        }
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.type(0, .float32, .int32)
        try parameters.check(input, inputs)
        let zero = inputs.has(2) ? try inputs.type(2, .uint8, .int8) : nil
        if let zero, let target, zero.element != target { throw .type("the zero point is \(zero.element)") }
        return [ValueFacts(try TensorType(target ?? zero?.element ?? .uint8, input.shape))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.only() }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let isFloat = input.element == .float32
        parameters.forEachRun(run) { range, scale, zero in
            for index in range {
                let value = isFloat ? input.floats[index] : Float(input.integer(at: index))
                let level = Double((value / scale).rounded(.toNearestOrEven)) + Double(zero)
                if output.element == .uint8 {
                    output.elements(of: UInt8.self)[index] = saturated(level)
                } else {
                    output.elements(of: Int8.self)[index] = saturated(level)
                }
            }
        }
    }
}
