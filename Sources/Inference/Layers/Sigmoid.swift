import NetworkKernels

/// `y = 1 / (1 + e⁻ˣ)`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Sigmoid: ElementwiseLayer {
    var function: UnaryFunction { .sigmoid }

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }
}
