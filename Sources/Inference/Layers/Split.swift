import ONNX

/// The input cut along an axis.
///
/// - `axis`: by default 0.
/// - `split`: the sizes of the parts, an attribute before operator set 13, input 1 since; by default equal parts, the
///   last one smaller where they do not divide evenly.
struct Split: Layer {
    static var inputCount: ClosedRange<Int> { 1...2 }
    static var outputCount: ClosedRange<Int> { 1...4096 }
    let axis: Int
    private let attribute: [Int]?
    private let parts: Int

    init(_ node: inout AttributeReader) throws(LayerError) {
        axis = try node.integer("axis") ?? 0
        attribute = node.opset < 13 ? try node.integers("split") : nil
        parts = node.outputs.count
        if let stated = node.opset < 18 ? nil : try node.integer("num_outputs"), stated != parts {
            throw .attribute("num_outputs", "is \(stated), but the node has \(parts) outputs")
        }
    }

    /// Parts of the given sizes.
    init(axis: Int, sizes: [Int]) {
        self.axis = axis
        attribute = sizes
        parts = sizes.count
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0)
        let axis = try normalized(axis: axis, rank: type.rank)
        let size = type.shape[axis]
        var sizes: [Int]
        if let stated = inputs.has(1) ? try inputs.integers(1) : attribute {
            guard stated.count == parts, stated.allSatisfy({ 0...size ~= $0 }), stated.reduce(0, +) == size else {
                throw .shape("parts of \(stated) for \(parts) outputs of an axis of \(size)")
            }
            sizes = stated
        } else {
            let part = (size + parts - 1) / parts
            sizes = (0..<parts).map { max(0, min(part, size - $0 * part)) }
        }
        var outputs: [ValueFacts] = []
        for part in sizes {
            var shape = type.shape
            shape[axis] = part
            outputs.append(ValueFacts(try TensorType(type.element, shape)))
        }
        return outputs
    }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.alongChannels(axis) }

    func run(_ run: LayerRun) throws(LayerError) {
        let input = run.input(0)
        let axis = axis < 0 ? axis + input.shape.count : axis
        let size = input.element.byteCount
        let rowBytes = input.type.count(from: axis) * size
        let sizes = try outputs(for: LayerInputs(run))
        var place = 0
        for (index, part) in sizes.enumerated() {
            let bytes = part.type.count(from: axis) * size
            if let output = run.optionalOutput(index) {
                for row in 0..<input.type.count(before: axis) {
                    (output.base + row * bytes).copyMemory(
                        from: input.base + place + row * rowBytes, byteCount: bytes)
                }
            }
            place += bytes
        }
    }
}
