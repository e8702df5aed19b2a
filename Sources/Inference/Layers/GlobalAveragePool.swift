import NetworkKernels

/// The mean of each plane.
///
/// - Shapes: `[N, C, …]` in, `[N, C, 1, …]` out.
/// - Types: float32.
struct GlobalAveragePool: GlobalPoolingLayer {
    init(_ node: inout AttributeReader) {}

    static func fold(_ plane: UnsafePointer<Float>, count: Int) -> Float {
        Float(loops.sum(plane, count: count) / Double(count))
    }
}
