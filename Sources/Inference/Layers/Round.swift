import NetworkKernels

/// `y = x to the nearest whole number, halves to the even one`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Round: ElementwiseLayer {
    static var opsets: ClosedRange<Int> { 11...21 }
    var function: UnaryFunction { .round }

    init(_ node: inout AttributeReader) {}
}
