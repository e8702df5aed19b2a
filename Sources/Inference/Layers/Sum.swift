import NetworkKernels

/// Element by element the sum of all inputs.
///
/// - Shapes: broadcast.
/// - Types: float32.
struct Sum: VariadicLayer {
    static let function = BinaryFunction.add

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }

    static func combine(_ a: Int, _ b: Int) -> Int { a &+ b }
}
