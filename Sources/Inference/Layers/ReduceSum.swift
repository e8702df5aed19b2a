import NetworkKernels

/// `y = Σ x` over some axes.
///
/// - Shapes: the reduced axes become 1, or vanish with `keepdims` 0.
/// - Types: float32 and whole numbers.
/// - `axes`: all by default; an attribute before operator set 13, an input since.
struct ReduceSum: ReductionLayer {
    static var axesInputSince: Int { 13 }
    let axes: ReductionAxes

    init(_ node: inout AttributeReader) throws(LayerError) {
        axes = try ReductionAxes(&node, inputSince: Self.axesInputSince)
    }

    static func reduce(_ run: UnsafePointer<Float>, count: Int) -> Float {
        Float(loops.sum(run, count: count))
    }

    static func reduce(_ run: [Int64]) -> Int64 { run.reduce(0, &+) }
}
