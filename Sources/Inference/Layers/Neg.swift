import NetworkKernels

/// `y = −x`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32 and whole numbers, which wrap around.
struct Neg: NumericElementwiseLayer {
    var function: UnaryFunction { .negative }

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }

    func integer(_ value: Int) -> Int {
        0 &- value
    }
}
