import NetworkKernels

/// `max(0, x) + min(0, alpha · (e^(x/alpha) − 1))`.
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
/// - `alpha`: by default 1.
struct Celu: ElementwiseLayer {
    static var opsets: ClosedRange<Int> { 12...21 }
    let function: UnaryFunction

    init(_ node: inout AttributeReader) throws(LayerError) {
        node.ignore("consumed_inputs")
        let alpha = try node.float("alpha", default: 1)
        function = .celu(alpha: alpha)
    }
}
