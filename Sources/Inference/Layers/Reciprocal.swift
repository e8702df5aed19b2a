import NetworkKernels

/// `y = 1 / x`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Reciprocal: ElementwiseLayer {
    var function: UnaryFunction { .reciprocal }

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }
}
