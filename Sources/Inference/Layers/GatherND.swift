import ONNX

/// Pieces of the input, each picked by several indices at once.
///
/// `y[b…, i…] = x[b…, indices[b…, i…, 0], …, indices[b…, i…, q − 1]]`
///
/// - Shapes: x `[B…, …]` and indices `[B…, I…, q]` with `batch_dims` axes B in common; the output is
///   `[B…, I…] + x.shape[batch_dims + q…]`.
/// - `batch_dims`: by default 0.
/// - Indices: int64; negative ones count from the end.
/// - Errors: an index outside its axis.
struct GatherND: Layer {
    static var opsets: ClosedRange<Int> { 11...21 }
    static var inputCount: ClosedRange<Int> { 2...2 }
    private let batchAxes: Int

    init(_ node: inout AttributeReader) throws(LayerError) {
        batchAxes = try node.integer("batch_dims", in: 0...32, default: 0)
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0), indices = try inputs.type(1, .int64)
        guard let depth = indices.shape.last, batchAxes < indices.rank, depth >= 1, batchAxes + depth <= type.rank,
            indices.shape.prefix(batchAxes) == type.shape.prefix(batchAxes)
        else { throw .shape("indices of shape \(indices.shape) into \(type.shape) with batch_dims \(batchAxes)") }
        let shape = Array(indices.shape.dropLast()) + Array(type.shape[(batchAxes + depth)...])
        return [ValueFacts(try TensorType(type.element, shape))]
    }

    func run(_ run: LayerRun) throws(LayerError) {
        let input = run.input(0), indices = run.input(1), output = run.output()
        let depth = indices.shape[indices.shape.count - 1]
        let batches = input.type.count(before: batchAxes)
        let tuples = indices.count / depth
        if tuples == 0 { return }
        let bytes = input.type.count(from: batchAxes + depth) * input.element.byteCount
        let batchBytes = input.type.count(from: batchAxes) * input.element.byteCount
        for tuple in 0..<tuples {
            let place = try flatPlace(
                indices, at: tuple * depth, of: input.shape[batchAxes..<batchAxes + depth])
            let batch = tuple / (tuples / batches)
            (output.base + tuple * bytes).copyMemory(
                from: input.base + batch * batchBytes + place * bytes, byteCount: bytes)
        }
    }
}

/// The place in row-major order that several indices in a row stand for.
///
/// - Throws: for an index outside its axis.
func flatPlace(_ indices: TensorView, at first: Int, of sizes: ArraySlice<Int>) throws(LayerError) -> Int {
    var place = 0
    for (offset, size) in sizes.enumerated() {
        let index = indices.integer(at: first + offset)
        guard index >= -size, index < size else { throw .data("index \(index) into an axis of size \(size)") }
        place = place * size + (index < 0 ? index + size : index)
    }
    return place
}
