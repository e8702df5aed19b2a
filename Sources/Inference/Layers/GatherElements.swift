import ONNX

/// Elements of the input, picked one by one along an axis.
///
/// `y[…, i, …] = x[…, indices[…, i, …], …]`, where the other places are those of the output.
///
/// - Shapes: the output has the indices' shape, along other axes no larger than the input's.
/// - `axis`: by default 0.
/// - Indices: int64 or int32; negative ones count from the end.
/// - Errors: an index outside the axis.
struct GatherElements: Layer {
    static var opsets: ClosedRange<Int> { 11...21 }
    static var inputCount: ClosedRange<Int> { 2...2 }
    private let axis: Int

    init(_ node: inout AttributeReader) throws(LayerError) { axis = try node.integer("axis") ?? 0 }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0), indices = try inputs.type(1, .int64, .int32)
        let axis = try normalized(axis: axis, rank: type.rank)
        guard indices.rank == type.rank,
            indices.shape.indices.allSatisfy({ $0 == axis || indices.shape[$0] <= type.shape[$0] })
        else { throw .shape("indices of shape \(indices.shape) into \(type.shape)") }
        return [ValueFacts(try TensorType(type.element, indices.shape))]
    }

    func run(_ run: LayerRun) throws(LayerError) {
        let input = run.input(0), indices = run.input(1), output = run.output()
        let axis = axis < 0 ? axis + input.shape.count : axis
        let size = input.shape[axis], bytes = input.element.byteCount
        let strides = rowMajorStrides(input.shape)
        for place in 0..<indices.count {
            let index = indices.integer(at: place)
            guard index >= -size, index < size else { throw .data("index \(index) into an axis of size \(size)") }
            var rest = place, source = 0
            for other in indices.shape.indices.reversed() {
                let coordinate = rest % indices.shape[other]
                rest /= indices.shape[other]
                source += (other == axis ? (index < 0 ? index + size : index) : coordinate) * strides[other]
            }
            (output.base + place * bytes).copyMemory(from: input.base + source * bytes, byteCount: bytes)
        }
    }
}

/// Elements from one place along each axis to the next.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    return strides
}
