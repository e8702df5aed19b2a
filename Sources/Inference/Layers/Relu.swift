import NetworkKernels

/// `y = max(0, x)`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32 and whole numbers, which wrap around.
struct Relu: NumericElementwiseLayer {
    var function: UnaryFunction { .relu }

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }

    func integer(_ value: Int) -> Int {
        value < 0 ? 0 : value
    }
}
