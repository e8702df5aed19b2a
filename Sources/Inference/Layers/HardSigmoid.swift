import NetworkKernels

/// `min(1, max(0, alpha · x + beta))`.
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
/// - `alpha`: by default 0.2.
/// - `beta`: by default 0.5.
struct HardSigmoid: ElementwiseLayer {
    let function: UnaryFunction

    init(_ node: inout AttributeReader) throws(LayerError) {
        node.ignore("consumed_inputs")
        let alpha = try node.float("alpha", default: 0.2)
        let beta = try node.float("beta", default: 0.5)
        function = .hardSigmoid(alpha: alpha, beta: beta)
    }
}
