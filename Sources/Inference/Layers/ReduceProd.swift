/// `y = Π x` over some axes.
///
/// - Shapes: the reduced axes become 1, or vanish with `keepdims` 0.
/// - Types: float32 and whole numbers.
/// - `axes`: all by default; an attribute before operator set 18, an input since.
struct ReduceProd: ReductionLayer {
    let axes: ReductionAxes

    init(_ node: inout AttributeReader) throws(LayerError) {
        axes = try ReductionAxes(&node, inputSince: Self.axesInputSince)
    }

    static func reduce(_ run: UnsafePointer<Float>, count: Int) -> Float {
        (0..<count).reduce(Float(1)) { product, index in product * run[index] }
    }

    static func reduce(_ run: [Int64]) -> Int64 { run.reduce(1, &*) }
}
