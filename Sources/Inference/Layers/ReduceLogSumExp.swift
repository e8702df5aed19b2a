import Glibc
import NetworkKernels

/// `y = ln Σ eˣ` over some axes.
///
/// - Shapes: the reduced axes become 1, or vanish with `keepdims` 0.
/// - Types: float32, and whole numbers, whose result is cut off.
/// - `axes`: all by default; an attribute before operator set 18, an input since.
struct ReduceLogSumExp: ReductionLayer {
    let axes: ReductionAxes

    init(_ node: inout AttributeReader) throws(LayerError) {
        axes = try ReductionAxes(&node, inputSince: Self.axesInputSince)
    }

    static func reduce(_ run: UnsafePointer<Float>, count: Int) -> Float {
        // Shifted by the largest element, so that nothing overflows.
        let most = loops.maximum(run, count: count)
        guard most.isFinite else { return most }
        return most + Float(log((0..<count).reduce(0.0) { $0 + exp(Double(run[$1] - most)) }))
    }
}
