import ONNX

/// 1 at the first largest element along an axis, 0 elsewhere.
///
/// - `axis`: by default the last; before operator set 13 by default 1, and over that axis and all that follow.
/// - Types: float32.
struct Hardmax: Layer {
    private let axis: Int
    private let coversRest: Bool

    init(_ node: inout AttributeReader) throws(LayerError) {
        coversRest = node.opset < 13
        axis = try node.integer("axis") ?? (coversRest ? 1 : -1)
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0, .float32)
        _ = try normalized(axis: axis, rank: type.rank)
        return [ValueFacts(type)]
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output().floats
        let axis = axis < 0 ? axis + input.shape.count : axis
        let size = coversRest ? input.type.count(from: axis) : input.shape[axis]
        let step = coversRest ? 1 : input.type.count(from: axis + 1)
        if input.count == 0 { return }
        output.update(repeating: 0)
        for outer in 0..<input.count / (size * step) {
            for inner in 0..<step {
                let first = outer * size * step + inner
                var best = first
                for i in 1..<max(size, 1) where input.floats[first + i * step] > input.floats[best] {
                    best = first + i * step
                }
                output[best] = 1
            }
        }
    }
}
