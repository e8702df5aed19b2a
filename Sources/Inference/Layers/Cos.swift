import NetworkKernels

/// `y = cos x`, x in radians.
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Cos: ElementwiseLayer {
    var function: UnaryFunction { .cosine }

    init(_ node: inout AttributeReader) {}
}
