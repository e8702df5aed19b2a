import ONNX

/// `y = x / ‖x‖` along an axis, with the sum of magnitudes (`p` 1) or the square root of the sum of squares (2, the default)
/// as the norm; 0 where the norm is.
///
/// - `axis`: by default the last.
/// - Types: float32.
struct LpNormalization: Layer {
    private let axis: Int
    private let p: Int

    init(_ node: inout AttributeReader) throws(LayerError) {
        axis = try node.integer("axis") ?? -1
        p = try node.integer("p", in: 1...2, default: 2)
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0, .float32)
        _ = try normalized(axis: axis, rank: type.rank)
        return [ValueFacts(type)]
    }

    func reach(_ inputs: ReachInputs) -> Reach? { axis == 1 || axis == -3 ? inputs.alongChannels(1) : nil }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output().floats
        let axis = axis < 0 ? axis + input.shape.count : axis
        let size = input.shape[axis], step = input.type.count(from: axis + 1)
        for outer in 0..<input.type.count(before: axis) {
            for inner in 0..<step {
                let places = stride(from: outer * size * step + inner, to: (outer + 1) * size * step, by: step)
                var norm = 0.0
                for place in places {
                    let value = Double(input.floats[place])
                    norm += p == 1 ? abs(value) : value * value
                }
                if p == 2 { norm = norm.squareRoot() }
                for place in places { output[place] = norm == 0 ? 0 : Float(Double(input.floats[place]) / norm) }
            }
        }
    }
}
