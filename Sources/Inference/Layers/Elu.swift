import NetworkKernels

/// X below zero `alpha · (eˣ − 1)`, otherwise x.
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
/// - `alpha`: by default 1.
struct Elu: ElementwiseLayer {
    let function: UnaryFunction

    init(_ node: inout AttributeReader) throws(LayerError) {
        node.ignore("consumed_inputs")
        let alpha = try node.float("alpha", default: 1)
        function = .elu(alpha: alpha)
    }
}
