import ONNX

/// Slices of the input along an axis, picked by indices.
///
/// `y[a…, i…, b…] = x[a…, indices[i…], b…]`
///
/// - `axis`: by default 0.
/// - Indices: int64 or int32; negative ones count from the end.
/// - Errors: an index outside the axis.
struct Gather: PartLayer {
    static var inputCount: ClosedRange<Int> { 2...2 }
    let axis: Int

    init(_ node: inout AttributeReader) throws(LayerError) { axis = try node.integer("axis") ?? 0 }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0), indices = try inputs.type(1, .int64, .int32)
        let axis = try normalized(axis: axis, rank: type.rank)
        let size = type.shape[axis]
        if let wrong = inputs.facts[1]?.constant?.integers?.first(where: { $0 < -size || $0 >= size }) {
            throw .data("index \(wrong) into an axis of size \(size)")
        }
        let shape = Array(type.shape[..<axis]) + indices.shape + Array(type.shape[(axis + 1)...])
        return [ValueFacts(try TensorType(type.element, shape))]
    }

    func firstElement(_ inputs: LayerInputs) -> Int? {
        guard let type = inputs.optional(0), let axis = try? normalized(axis: axis, rank: type.rank),
            let index = try? inputs.constant(1), index.count == 1, let place = index.integers?[0],
            type.count(before: axis) == 1
        else { return nil }
        return (place < 0 ? place + type.shape[axis] : place) * type.count(from: axis + 1)
    }

    func run(_ run: LayerRun) throws(LayerError) {
        let input = run.input(0), indices = run.input(1), output = run.output()
        let axis = axis < 0 ? axis + input.shape.count : axis
        let size = input.shape[axis]
        let bytes = input.type.count(from: axis + 1) * input.element.byteCount
        for row in 0..<input.type.count(before: axis) {
            for place in 0..<indices.count {
                let index = indices.integer(at: place)
                guard index >= -size, index < size else { throw .data("index \(index) into an axis of size \(size)") }
                let source = row * size + (index < 0 ? index + size : index)
                (output.base + (row * indices.count + place) * bytes)
                    .copyMemory(from: input.base + source * bytes, byteCount: bytes)
            }
        }
    }
}
