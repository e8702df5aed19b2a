import NetworkKernels

/// `y = sin x`, x in radians.
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Sin: ElementwiseLayer {
    var function: UnaryFunction { .sine }

    init(_ node: inout AttributeReader) {}
}
