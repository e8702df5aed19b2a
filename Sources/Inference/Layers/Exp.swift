import NetworkKernels

/// `y = eˣ`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Exp: ElementwiseLayer {
    var function: UnaryFunction { .exponential }

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }
}
