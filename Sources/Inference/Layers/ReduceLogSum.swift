import Glibc
import NetworkKernels

/// `y = ln Σ x` over some axes.
///
/// - Shapes: the reduced axes become 1, or vanish with `keepdims` 0.
/// - Types: float32, and whole numbers, whose result is cut off.
/// - `axes`: all by default; an attribute before operator set 18, an input since.
struct ReduceLogSum: ReductionLayer {
    let axes: ReductionAxes

    init(_ node: inout AttributeReader) throws(LayerError) {
        axes = try ReductionAxes(&node, inputSince: Self.axesInputSince)
    }

    static func reduce(_ run: UnsafePointer<Float>, count: Int) -> Float {
        Float(log(loops.sum(run, count: count)))
    }
}
