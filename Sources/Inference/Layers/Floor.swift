import NetworkKernels

/// `y = ⌊x⌋`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Floor: ElementwiseLayer {
    var function: UnaryFunction { .floor }

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }
}
