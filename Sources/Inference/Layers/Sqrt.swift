import NetworkKernels

/// `y = √x`. NaN below zero.
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Sqrt: ElementwiseLayer {
    var function: UnaryFunction { .squareRoot }

    init(_ node: inout AttributeReader) {
        node.ignore("consumed_inputs")
    }
}
