import NetworkKernels

/// Element by element the mean of all inputs.
///
/// - Shapes: broadcast.
/// - Types: float32.
struct Mean: VariadicLayer {
    static let function = BinaryFunction.add

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }

    static func combine(_ a: Int, _ b: Int) -> Int { a &+ b }

    static func finish(_ value: Float, count: Int) -> Float { value / Float(count) }
}
