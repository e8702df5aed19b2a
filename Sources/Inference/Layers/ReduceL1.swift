/// `y = Σ |x|` over some axes.
///
/// - Shapes: the reduced axes become 1, or vanish with `keepdims` 0.
/// - Types: float32 and whole numbers.
/// - `axes`: all by default; an attribute before operator set 18, an input since.
struct ReduceL1: ReductionLayer {
    let axes: ReductionAxes

    init(_ node: inout AttributeReader) throws(LayerError) {
        axes = try ReductionAxes(&node, inputSince: Self.axesInputSince)
    }

    static func reduce(_ run: UnsafePointer<Float>, count: Int) -> Float {
        Float((0..<count).reduce(0.0) { sum, index in sum + Double(abs(run[index])) })
    }

    static func reduce(_ run: [Int64]) -> Int64 { run.reduce(0) { $0 &+ ($1 < 0 ? 0 &- $1 : $1) } }
}
