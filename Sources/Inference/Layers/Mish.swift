import NetworkKernels

/// `y = x · tanh(ln(1 + eˣ))`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Mish: ElementwiseLayer {
    static var opsets: ClosedRange<Int> { 18...21 }
    var function: UnaryFunction { .mish }

    init(_ node: inout AttributeReader) {}
}
