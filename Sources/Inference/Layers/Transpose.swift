import ONNX

/// The axes in another order: output axis i is input axis `perm[i]`.
///
/// - `perm`: by default the axes reversed.
struct Transpose: Layer {
    let order: [Int]?

    init(_ node: inout AttributeReader) throws(LayerError) { order = try node.integers("perm") }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0)
        let order = order(rank: type.rank)
        guard order.sorted() == Array(0..<type.rank) else {
            throw .attribute("perm", "is \(order), which is no order of the \(type.rank) axes")
        }
        return [ValueFacts(try TensorType(type.element, order.map { type.shape[$0] }))]
    }

    func order(rank: Int) -> [Int] { order ?? (0..<rank).reversed() }

    func run(_ run: LayerRun) {
        let input = run.input(0)
        let walk = StridedWalk(shape: input.shape, order: order(rank: input.shape.count))
        copy(walk, from: input, to: run.output(), workers: run.workers)
    }
}
