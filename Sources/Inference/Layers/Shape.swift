import ONNX

/// The input's shape as a list of int64.
///
/// - `start`, `end`: which axes, from 0 and to the rank by default; negative ones count from the end, others stop at
///   the ends.
struct Shape: Layer {
    let start: Int
    let end: Int?

    init(_ node: inout AttributeReader) throws(LayerError) {
        start = node.opset < 15 ? 0 : try node.integer("start") ?? 0
        end = node.opset < 15 ? nil : try node.integer("end")
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let shape = try inputs.type(0).shape
        func place(_ index: Int) -> Int { min(max(index < 0 ? index + shape.count : index, 0), shape.count) }
        let from = place(max(start, -1 << 20)), to = max(from, place(max(end ?? shape.count, -1 << 20)))
        let part = shape[from..<to].map { Int64($0) }
        return [ValueFacts(try Tensor(shape: [part.count], int64s: part))]
    }

    func run(_ run: LayerRun) { preconditionFailure("known before any run") }
}
