import NetworkKernels

/// Element by element the smallest of all inputs.
///
/// - Shapes: broadcast.
/// - Types: float32 and whole numbers, all inputs alike.
struct Min: VariadicLayer {
    static let function = BinaryFunction.minimum

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }

    static func combine(_ a: Int, _ b: Int) -> Int { min(a, b) }
}
