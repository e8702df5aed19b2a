import NetworkKernels

/// `y = ln x`. −∞ at zero, NaN below.
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Log: ElementwiseLayer {
    var function: UnaryFunction { .logarithm }

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }
}
