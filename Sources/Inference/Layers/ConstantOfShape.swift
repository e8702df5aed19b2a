import ONNX

/// A tensor of one value everywhere, of the shape that the input states.
///
/// - `value`: a tensor of one element, by default 0 in float32.
struct ConstantOfShape: Layer {
    static var opsets: ClosedRange<Int> { 9...21 }
    let value: Tensor

    init(_ node: inout AttributeReader) throws(LayerError) {
        if let data = try node.tensor("value") {
            value = try Tensor(data)
        } else {
            value = try Tensor(shape: [1], floats: [0])
        }
        if value.count != 1 { throw .attribute("value", "has \(value.count) elements instead of one") }
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        [ValueFacts(try TensorType(value.element, try inputs.integers(0)))]
    }

    func run(_ run: LayerRun) { Self.fill(run.output().base, run.output().type, with: value) }

    /// The output, which takes memory only while somebody looks at it.
    func tensor(_ type: TensorType) -> Tensor {
        Tensor(type, later: { [value] in Self.fill($0, type, with: value) })
    }

    private static func fill(_ target: UnsafeMutableRawPointer, _ type: TensorType, with value: Tensor) {
        func fill<Element: BitwiseCopyable>(_: Element.Type) {
            let element = value.view.base.assumingMemoryBound(to: Element.self)[0]
            target.assumingMemoryBound(to: Element.self).update(repeating: element, count: type.count)
        }
        switch type.element.byteCount {
        case 8: fill(UInt64.self)
        case 4: fill(UInt32.self)
        default: fill(UInt8.self)
        }
    }
}
