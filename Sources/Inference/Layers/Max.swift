import NetworkKernels

/// Element by element the largest of all inputs.
///
/// - Shapes: broadcast.
/// - Types: float32 and whole numbers, all inputs alike.
struct Max: VariadicLayer {
    static let function = BinaryFunction.maximum

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }

    static func combine(_ a: Int, _ b: Int) -> Int { max(a, b) }
}
