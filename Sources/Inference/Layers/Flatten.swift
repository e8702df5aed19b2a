/// A matrix: the axes before `axis` become its rows, the others its columns.
///
/// - `axis`: by default 1; negative ones count from the end.
struct Flatten: ReshapingLayer {
    let axis: Int

    init(_ node: inout AttributeReader) throws(LayerError) { axis = try node.integer("axis") ?? 1 }

    func outputShape(for inputs: LayerInputs) throws(LayerError) -> [Int] {
        let input = try inputs.type(0)
        let axis = axis == input.rank ? axis : try normalized(axis: axis, rank: input.rank)
        return [input.count(before: axis), input.count(from: axis)]
    }
}
