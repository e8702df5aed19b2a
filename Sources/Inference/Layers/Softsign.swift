import NetworkKernels

/// `y = x / (1 + |x|)`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Softsign: ElementwiseLayer {
    var function: UnaryFunction { .softsign }

    init(_ node: inout AttributeReader) {}
}
