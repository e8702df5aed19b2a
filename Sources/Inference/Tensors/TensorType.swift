import ONNX

/// What a tensor is before any data: its element type and its shape.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
    public let element: ElementType
    /// Sizes, none negative; their product and the bytes that it takes fit into `Int`.
    public let shape: [Int]
    /// The number of elements.
    public let count: Int

    /// - Throws: `LayerError.shape` for a negative size or more bytes than can be addressed.
    public init(_ element: ElementType, _ shape: [Int]) throws(LayerError) {
        var count = 1
        var bound = element.byteCount
        for size in shape {
            if size < 0 { throw .shape("a size of \(size) in shape \(shape)") }
            count = count &* size
            // Bounded without the zeros, which would hide an overflow.
            let (product, overflow) = bound.multipliedReportingOverflow(by: max(size, 1))
            if overflow || product > 1 << 46 { throw .shape("shape \(shape) is more than memory can hold") }
            bound = product
        }
        self.element = element
        self.shape = shape
        self.count = count
    }

    public var byteCount: Int { count * element.byteCount }
    public var rank: Int { shape.count }
    public var description: String { "\(element) \(shape)" }

    /// The product of the sizes from one axis on.
    func count(from axis: Int) -> Int { shape[axis...].reduce(1, *) }
    /// The product of the sizes before an axis.
    func count(before axis: Int) -> Int { shape[..<axis].reduce(1, *) }
}
