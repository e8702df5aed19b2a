import NetworkKernels

/// `y = ⌈x⌉`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Ceil: ElementwiseLayer {
    var function: UnaryFunction { .ceiling }

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }
}
