import NetworkKernels

/// `y = x / 2 · (1 + erf(x / √2))`, or its approximation through tanh.
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
/// - `approximate`: `none` (default) or `tanh`, `x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))`.
struct Gelu: ElementwiseLayer {
    static var opsets: ClosedRange<Int> { 20...21 }
    let function: UnaryFunction

    private enum Approximation: String, CaseIterable { case none, tanh }

    init(_ node: inout AttributeReader) throws(LayerError) {
        function = try node.choice("approximate", default: Approximation.none) == .tanh ? .geluTanh : .gelu
    }
}
