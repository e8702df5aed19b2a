import NetworkKernels

/// `y = x · min(1, max(0, x / 6 + 0.5))`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct HardSwish: ElementwiseLayer {
    static var opsets: ClosedRange<Int> { 14...21 }
    var function: UnaryFunction { .hardSwish(alpha: 1 / 6, beta: 0.5) }

    init(_ node: inout AttributeReader) {}
}
