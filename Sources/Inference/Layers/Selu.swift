import NetworkKernels

/// `gamma · x`, below zero `gamma · alpha · (eˣ − 1)`.
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
/// - `alpha`: by default 1.6732632.
/// - `gamma`: by default 1.050701.
struct Selu: ElementwiseLayer {
    let function: UnaryFunction

    init(_ node: inout AttributeReader) throws(LayerError) {
        node.ignore("consumed_inputs")
        let alpha = try node.float("alpha", default: 1.673_263_2)
        let gamma = try node.float("gamma", default: 1.050_701)
        function = .selu(alpha: alpha, gamma: gamma)
    }
}
