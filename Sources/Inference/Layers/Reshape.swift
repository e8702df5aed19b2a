import ONNX

/// The same elements under another shape.
///
/// - Shape: input 1, an attribute before operator set 5. One entry may be −1, which takes what is left; an entry 0
///   keeps the input's size at that place unless `allowzero` is 1.
struct Reshape: ReshapingLayer {
    static var inputCount: ClosedRange<Int> { 1...2 }
    private let attribute: [Int]?
    private let allowsZero: Bool

    init(_ node: inout AttributeReader) throws(LayerError) {
        attribute = node.opset < 5 ? try node.integers("shape") : nil
        allowsZero = node.opset >= 14 ? try node.flag("allowzero", default: false) : false
        node.ignore("consumed_inputs")
    }

    func outputShape(for inputs: LayerInputs) throws(LayerError) -> [Int] {
        let input = try inputs.type(0)
        let wanted = if let attribute { attribute } else { try inputs.integers(1) }
        var shape: [Int] = []
        var open: Int?
        for (axis, size) in wanted.enumerated() {
            switch size {
            case 0 where !allowsZero:
                guard axis < input.rank else {
                    throw .shape("0 at place \(axis) of \(wanted), beyond the input's rank")
                }
                shape.append(input.shape[axis])
            case -1:
                if open != nil { throw .shape("two entries of \(wanted) are -1") }
                open = axis
                shape.append(1)
            default: shape.append(size)
            }
        }
        let known = try TensorType(input.element, shape).count
        if let open {
            guard known > 0, input.count % known == 0 else {
                throw .shape("\(input.count) elements cannot take the shape \(wanted)")
            }
            shape[open] = input.count / known
        }
        return shape
    }
}
