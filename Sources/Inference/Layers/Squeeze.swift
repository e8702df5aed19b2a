/// The same elements without some axes of size 1.
///
/// - `axes`: all of size 1 by default; an attribute before operator set 13, input 1 since.
struct Squeeze: ReshapingLayer {
    static var inputCount: ClosedRange<Int> { 1...2 }
    private let attribute: [Int]?

    init(_ node: inout AttributeReader) throws(LayerError) {
        attribute = node.opset < 13 ? try node.integers("axes") : nil
    }

    func outputShape(for inputs: LayerInputs) throws(LayerError) -> [Int] {
        let shape = try inputs.type(0).shape
        guard let axes = inputs.has(1) ? try inputs.integers(1) : attribute else {
            return shape.filter { $0 != 1 }
        }
        let dropped = try normalized(axes: axes, rank: shape.count)
        if let axis = dropped.first(where: { shape[$0] != 1 }) {
            throw .shape("axis \(axis) of shape \(shape) cannot be dropped: its size is not 1")
        }
        return shape.indices.filter { !dropped.contains($0) }.map { shape[$0] }
    }
}
