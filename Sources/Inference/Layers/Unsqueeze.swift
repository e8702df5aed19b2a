/// The same elements with more axes, of size 1.
///
/// - `axes`: their places in the output; an attribute before operator set 13, input 1 since.
struct Unsqueeze: ReshapingLayer {
    static var inputCount: ClosedRange<Int> { 1...2 }
    private let attribute: [Int]?

    init(_ node: inout AttributeReader) throws(LayerError) {
        attribute = node.opset < 13 ? try node.integers("axes") : nil
    }

    func outputShape(for inputs: LayerInputs) throws(LayerError) -> [Int] {
        let shape = try inputs.type(0).shape
        let axes = if let attribute { attribute } else { try inputs.integers(1) }
        let places = try normalized(axes: axes, rank: shape.count + axes.count)
        var rest = shape.makeIterator()
        return (0..<shape.count + axes.count).map { places.contains($0) ? 1 : rest.next() ?? 1 }
    }
}
