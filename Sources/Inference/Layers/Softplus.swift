import NetworkKernels

/// `y = ln(1 + eˣ)`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Softplus: ElementwiseLayer {
    var function: UnaryFunction { .softplus }

    init(_ node: inout AttributeReader) {}
}
