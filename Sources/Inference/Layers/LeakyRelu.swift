import NetworkKernels

/// X below zero `alpha · x`, otherwise x.
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
/// - `alpha`: by default 0.01.
struct LeakyRelu: ElementwiseLayer {
    let function: UnaryFunction

    init(_ node: inout AttributeReader) throws(LayerError) {
        node.ignore("consumed_inputs")
        let alpha = try node.float("alpha", default: 0.01)
        function = .leakyRelu(alpha: alpha)
    }
}
