import ONNX

/// The same numbers in another type. Floats lose their fraction towards zero and stop at the bounds of the new type;
/// everything but zero becomes true; whole numbers wrap around.
///
/// - Shapes: any; the output has the input's.
/// - `to`: the new type; float16 and float64 are held as float32.
struct Cast: Layer {
    let target: ElementType

    init(_ node: inout AttributeReader) throws(LayerError) {
        guard let number = try node.integer("to") else { throw .attribute("to", "is missing") }
        guard let type = ElementType(dataType: number) else {
            throw .attribute("to", "is \(ElementType.name(ofDataType: number)), which is not supported")
        }
        target = type
        node.ignore("saturate")
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        [ValueFacts(try TensorType(target, try inputs.type(0).shape))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.only() }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        if input.element == output.element {
            output.copy(from: input)
        } else if output.element == .float32 {
            for index in 0..<input.count { output.floats[index] = Float(input.integer(at: index)) }
        } else if output.element == .bool {
            for index in 0..<input.count { output.flags[index] = input.double(at: index) == 0 ? 0 : 1 }
        } else if input.element == .float32 {
            for index in 0..<input.count { output.setInteger(limited(input.double(at: index)), at: index) }
        } else {
            for index in 0..<input.count { output.setInteger(input.integer(at: index), at: index) }
        }
    }

    private func limited(_ value: Double) -> Int {
        switch target {
        case .int32: Int(saturated(value) as Int32)
        case .uint8: Int(saturated(value) as UInt8)
        case .int8: Int(saturated(value) as Int8)
        case .int64, .float32, .bool: saturated(value)
        }
    }
}
