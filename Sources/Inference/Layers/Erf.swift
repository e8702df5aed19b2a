import NetworkKernels

/// `y = 2/√π · ∫₀ˣ e^(−t²) dt`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Erf: ElementwiseLayer {
    static var opsets: ClosedRange<Int> { 9...21 }
    var function: UnaryFunction { .erf }

    init(_ node: inout AttributeReader) {}
}
