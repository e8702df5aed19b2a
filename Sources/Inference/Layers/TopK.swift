import ONNX

/// The k largest or smallest elements along an axis (output 0) and their places (output 1, int64).
///
/// Of equal elements the one with the lower place comes first.
///
/// - `k`: an attribute before operator set 10, input 1 since. `axis`: by default −1. `largest`, `sorted`: by default 1;
///   the results are sorted in either case.
/// - Types: float32, int64, int32, uint8, int8.
struct TopK: Layer {
    static var inputCount: ClosedRange<Int> { 1...2 }
    static var outputCount: ClosedRange<Int> { 1...2 }
    private let axis: Int
    private let largest: Bool
    private let attribute: Int?

    init(_ node: inout AttributeReader) throws(LayerError) {
        axis = try node.integer("axis") ?? -1
        largest = try node.flag("largest", default: true)
        attribute = node.opset < 10 ? try node.integer("k") : nil
        node.ignore("sorted")
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.type(0, .float32, .int64, .int32, .uint8, .int8)
        let axis = try normalized(axis: axis, rank: input.rank)
        let k = if let attribute { attribute } else { try inputs.integer(1) }
        guard (0...input.shape[axis]).contains(k) else {
            throw .shape("k is \(k) for an axis of \(input.shape[axis])")
        }
        var shape = input.shape
        shape[axis] = k
        return [ValueFacts(try TensorType(input.element, shape)), ValueFacts(try TensorType(.int64, shape))]
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.outputs[0] ?? run.outputs[1]!
        guard output.count > 0 else { return }
        let axis = axis < 0 ? axis + input.shape.count : axis
        let size = input.shape[axis], k = output.shape[axis], inner = input.type.count(from: axis + 1)
        let values = run.optionalOutput(0), places = run.optionalOutput(1)?.int64s
        let isFloat = input.element == .float32
        let better: Relation = largest ? .greater : .less
        for line in 0..<input.count / size {
            let base = line / inner * inner * size + line % inner
            let order = (0..<size).sorted { i, j in
                if isFloat {
                    let a = input.floats[base + i * inner], b = input.floats[base + j * inner]
                    return a == b ? i < j : better.holds(a, b)
                }
                let a = input.integer(at: base + i * inner), b = input.integer(at: base + j * inner)
                return a == b ? i < j : better.holds(a, b)
            }
            let first = line / inner * inner * k + line % inner
            for i in 0..<k {
                let from = base + order[i] * inner, to = first + i * inner
                if isFloat {
                    values?.floats[to] = input.floats[from]
                } else {
                    values?.setInteger(input.integer(at: from), at: to)
                }
                places?[to] = Int64(order[i])
            }
        }
    }
}
