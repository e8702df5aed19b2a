import ONNX

/// The input with pieces of it replaced.
///
/// `y = x; y[indices[i…, 0], …, indices[i…, q − 1]] = updates[i…]`
///
/// - Shapes: indices `[I…, q]`, updates `[I…] + x.shape[q…]`; the output has x's shape.
/// - Indices: int64; negative ones count from the end. Of two updates of one place the later one stays.
/// - Errors: an index outside its axis. `reduction` is not supported.
struct ScatterND: Layer {
    static var opsets: ClosedRange<Int> { 11...21 }
    static var inputCount: ClosedRange<Int> { 3...3 }

    init(_ node: inout AttributeReader) throws(LayerError) {
        if let reduction = try node.string("reduction"), reduction != "none" {
            throw .unsupported("the reduction \(printable(reduction)) is not supported")
        }
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0), indices = try inputs.type(1, .int64), updates = try inputs.type(2)
        guard let depth = indices.shape.last, depth >= 1, depth <= type.rank, updates.element == type.element,
            updates.shape == Array(indices.shape.dropLast()) + Array(type.shape[depth...])
        else { throw .shape("indices of shape \(indices.shape) and updates \(updates) into \(type)") }
        return [ValueFacts(type)]
    }

    func run(_ run: LayerRun) throws(LayerError) {
        let input = run.input(0), indices = run.input(1), updates = run.input(2), output = run.output()
        output.copy(from: input)
        let depth = indices.shape[indices.shape.count - 1]
        let bytes = input.type.count(from: depth) * input.element.byteCount
        for tuple in 0..<indices.count / depth {
            let place = try flatPlace(indices, at: tuple * depth, of: input.shape[..<depth])
            (output.base + place * bytes).copyMemory(from: updates.base + tuple * bytes, byteCount: bytes)
        }
    }
}
