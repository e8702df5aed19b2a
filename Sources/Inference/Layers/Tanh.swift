import NetworkKernels

/// `y = tanh x`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Tanh: ElementwiseLayer {
    var function: UnaryFunction { .tanh }

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }
}
