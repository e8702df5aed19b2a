import ONNX

/// `y = (x − mean) / √(variance + 10⁻⁹)` over some axes.
///
/// - `axes`: by default 0, 2 and 3.
/// - Types: float32.
struct MeanVarianceNormalization: Layer {
    static var opsets: ClosedRange<Int> { 9...21 }
    private let axes: [Int]

    init(_ node: inout AttributeReader) throws(LayerError) { axes = try node.integers("axes") ?? [0, 2, 3] }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0, .float32)
        _ = try normalized(axes: axes, rank: type.rank)
        return [ValueFacts(type)]
    }

    func run(_ run: LayerRun) throws(LayerError) {
        let input = run.input(0), output = run.output().floats
        let axes = try normalized(axes: axes, rank: input.shape.count)
        let strides = rowMajorStrides(input.shape)
        var groups = 1, groupStrides = [Int](repeating: 0, count: strides.count)
        for axis in input.shape.indices.reversed() where !axes.contains(axis) {
            groupStrides[axis] = groups
            groups *= input.shape[axis]
        }
        func group(_ place: Int) -> Int {
            strides.indices.reduce(0) { $0 + place / strides[$1] % input.shape[$1] * groupStrides[$1] }
        }
        var sums = [Double](repeating: 0, count: groups), squares = sums
        let count = Double(input.count / max(groups, 1))
        for place in 0..<input.count { sums[group(place)] += Double(input.floats[place]) }
        let means = sums.map { $0 / count }
        for place in 0..<input.count {
            let index = group(place), distance = Double(input.floats[place]) - means[index]
            squares[index] += distance * distance
        }
        for place in 0..<input.count {
            let index = group(place)
            output[place] = Float(
                (Double(input.floats[place]) - means[index]) / (squares[index] / count + 1e-9).squareRoot())
        }
    }
}
