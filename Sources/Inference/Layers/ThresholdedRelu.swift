import NetworkKernels

/// X above `alpha`, otherwise 0.
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
/// - `alpha`: by default 1.
struct ThresholdedRelu: ElementwiseLayer {
    static var opsets: ClosedRange<Int> { 10...21 }
    let function: UnaryFunction

    init(_ node: inout AttributeReader) throws(LayerError) {
        node.ignore("consumed_inputs")
        let alpha = try node.float("alpha", default: 1)
        function = .thresholdedRelu(alpha: alpha)
    }
}
