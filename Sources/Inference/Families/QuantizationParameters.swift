import ONNX

/// Scale and zero point of QuantizeLinear and DequantizeLinear: one for the tensor, or one for each place along an
/// axis.
struct QuantizationParameters {
    let axis: Int

    init(_ node: inout AttributeReader) throws(LayerError) {
        axis = try node.integer("axis") ?? 1
        if node.opset >= 21, try node.integer("block_size") ?? 0 != 0 {
            throw .unsupported("quantisation in blocks is not supported")
        }
    }

    func check(_ input: TensorType, _ inputs: LayerInputs) throws(LayerError) {
        let scale = try inputs.type(1, .float32)
        if scale.count != 1 {
            let axis = try normalized(axis: axis, rank: input.rank)
            guard scale.shape == [input.shape[axis]] else {
                throw .shape("scales of shape \(scale.shape) for axis \(axis) of shape \(input.shape)")
            }
        }
        if let zero = inputs.optional(2), zero.shape != scale.shape {
            throw .shape("zero points of shape \(zero.shape) for scales of shape \(scale.shape)")
        }
    }

    /// Calls `body` with every run of elements that share a scale and a zero point.
    func forEachRun(_ run: LayerRun, _ body: (Range<Int>, Float, Int) -> Void) {
        let input = run.input(0), scales = run.input(1).floats, zeros = run.optional(2)
        guard input.count > 0 else { return }
        if scales.count == 1 {
            body(0..<input.count, scales[0], zeros?.integer(at: 0) ?? 0)
            return
        }
        let axis = axis < 0 ? axis + input.shape.count : axis
        let inner = input.type.count(from: axis + 1)
        for index in 0..<input.count / inner {
            let place = index % input.shape[axis]
            body(index * inner..<(index + 1) * inner, scales[place], zeros?.integer(at: place) ?? 0)
        }
    }
}
