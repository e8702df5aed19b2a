import NetworkKernels

/// The largest element of each plane.
///
/// - Shapes: `[N, C, …]` in, `[N, C, 1, …]` out.
/// - Types: float32.
struct GlobalMaxPool: GlobalPoolingLayer {
    init(_ node: inout AttributeReader) {}

    static func fold(_ plane: UnsafePointer<Float>, count: Int) -> Float { loops.maximum(plane, count: count) }
}
