import NetworkKernels

/// `y = Σ x / n` over some axes.
///
/// - Shapes: the reduced axes become 1, or vanish with `keepdims` 0.
/// - Types: float32 and whole numbers.
/// - `axes`: all by default; an attribute before operator set 18, an input since.
struct ReduceMean: ReductionLayer {
    let axes: ReductionAxes

    init(_ node: inout AttributeReader) throws(LayerError) {
        axes = try ReductionAxes(&node, inputSince: Self.axesInputSince)
    }

    static func reduce(_ run: UnsafePointer<Float>, count: Int) -> Float {
        Float(loops.sum(run, count: count) / Double(count))
    }

    static func reduce(_ run: [Int64]) -> Int64 { run.isEmpty ? 0 : run.reduce(0, &+) / Int64(run.count) }
}
