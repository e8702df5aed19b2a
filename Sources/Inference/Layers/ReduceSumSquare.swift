/// `y = Σ x²` over some axes.
///
/// - Shapes: the reduced axes become 1, or vanish with `keepdims` 0.
/// - Types: float32 and whole numbers.
/// - `axes`: all by default; an attribute before operator set 18, an input since.
struct ReduceSumSquare: ReductionLayer {
    let axes: ReductionAxes

    init(_ node: inout AttributeReader) throws(LayerError) {
        axes = try ReductionAxes(&node, inputSince: Self.axesInputSince)
    }

    static func reduce(_ run: UnsafePointer<Float>, count: Int) -> Float {
        Float((0..<count).reduce(0.0) { $0 + Double(run[$1]) * Double(run[$1]) })
    }

    static func reduce(_ run: [Int64]) -> Int64 { run.reduce(0) { $0 &+ $1 &* $1 } }
}
