import ONNX

/// An array of numbers with a shape, row-major; immutable once made.
public struct Tensor: Sendable {
    public let type: TensorType
    private let elements: Elements

    private enum Elements {
        case resident(TensorStorage)
        /// In no memory while nobody looks at them.
        case elsewhere(AbsentElements)
    }

    /// Memory with the elements; for those that were elsewhere it goes with the last one who holds it.
    var storage: TensorStorage {
        switch elements {
        case .resident(let storage): storage
        case .elsewhere(let elements): elements.storage()
        }
    }

    /// Bytes of memory that the elements take now.
    var residentByteCount: Int {
        switch elements {
        case .resident: type.byteCount
        case .elsewhere(let elements): elements.isResident ? type.byteCount : 0
        }
    }

    /// The same tensor with its elements in memory for as long as it lives.
    var resident: Tensor { Tensor(type, storage: storage) }

    public var element: ElementType { type.element }
    public var shape: [Int] { type.shape }
    public var count: Int { type.count }

    /// A tensor that `fill` writes before anyone else sees it; its bytes are zero before.
    init<Failure: Error>(_ type: TensorType, fill: (TensorView) throws(Failure) -> Void) throws(Failure) {
        let storage = TensorStorage(byteCount: type.byteCount)
        self.init(type, storage: storage)
        try fill(TensorView(type, storage.base))
    }

    /// - Precondition: `storage` has room for `type` and is not written any more.
    init(_ type: TensorType, storage: TensorStorage) {
        precondition(storage.byteCount >= type.byteCount)
        self.type = type
        elements = .resident(storage)
    }

    /// A tensor whose elements are written by `fill` wherever somebody wants them.
    init(_ type: TensorType, later fill: @escaping @Sendable (UnsafeMutableRawPointer) -> Void) {
        self.type = type
        elements = .elsewhere(AbsentElements(byteCount: type.byteCount, fill: fill))
    }

    /// A tensor of zeros.
    public init(zeros type: TensorType) { self.init(type) { _ in } }

    init(copying view: TensorView) { self.init(view.type) { $0.copy(from: view) } }

    public init(shape: [Int], floats: [Float]) throws(LayerError) {
        self = try Tensor(element: .float32, shape: shape, of: floats)
    }

    public init(shape: [Int], int64s: [Int64]) throws(LayerError) {
        self = try Tensor(element: .int64, shape: shape, of: int64s)
    }

    /// - Throws: `LayerError.shape` when the number of elements is not the shape's.
    public init<Element: TensorElement>(element: ElementType, shape: [Int], of values: [Element]) throws(LayerError) {
        let type = try TensorType(element, shape)
        guard element.byteCount == MemoryLayout<Element>.stride else {
            throw .shape("elements of \(MemoryLayout<Element>.stride) bytes for a tensor of \(element)")
        }
        guard values.count == type.count else {
            throw .shape("\(values.count) elements for shape \(shape), which takes \(type.count)")
        }
        self.init(type) { view in _ = view.elements(of: Element.self).update(fromContentsOf: values) }
    }

    /// Arrays of so many elements are kept as they are; small ones are copied to where vectors are aligned.
    private static let sharedCount = 1 << 16

    public init(_ data: TensorData) throws(LayerError) {
        switch data.elements {
        case .float32(let values) where values.count >= Tensor.sharedCount && data.shape.reduce(1, *) == values.count:
            let type = try TensorType(.float32, data.shape)
            self.init(type, storage: TensorStorage(values) ?? TensorStorage(copying: values))
        case .float32(let values): try self.init(element: .float32, shape: data.shape, of: values)
        case .float32InFile(let floats):
            let type = try TensorType(.float32, data.shape)
            guard type.count == floats.count else {
                throw .shape("\(floats.count) elements for shape \(data.shape)")
            }
            self.init(type, later: floats.read)
        case .int64(let values): try self.init(element: .int64, shape: data.shape, of: values)
        case .int32(let values): try self.init(element: .int32, shape: data.shape, of: values)
        case .uint8(let values): try self.init(element: .uint8, shape: data.shape, of: values)
        case .int8(let values): try self.init(element: .int8, shape: data.shape, of: values)
        case .bool(let values): try self.init(element: .bool, shape: data.shape, of: values)
        }
    }

    /// Reads the elements in place. The pointer must not leave the closure.
    ///
    /// - Precondition: `Element` is the Swift type of the tensor's element type.
    public func withElements<Element: TensorElement, Result>(
        of type: Element.Type, _ body: (UnsafeBufferPointer<Element>) -> Result
    ) -> Result {
        precondition(MemoryLayout<Element>.stride == self.type.element.byteCount)
        return withView { body(UnsafeBufferPointer($0.elements(of: Element.self))) }
    }

    public func array<Element: TensorElement>(of type: Element.Type) -> [Element] {
        withElements(of: type) { Array($0) }
    }

    /// Reads the elements as float32, in place where that is what they are. The pointer must not leave the closure.
    public func withFloats<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
        if element == .float32 { return withElements(of: Float.self, body) }
        return doubles.map { Float($0) }.withUnsafeBufferPointer(body)
    }

    /// Every element as a floating-point number; booleans as 0 and 1.
    public var doubles: [Double] {
        switch element {
        case .float32: array(of: Float.self).map { Double($0) }
        case .int64: array(of: Int64.self).map { Double($0) }
        case .int32: array(of: Int32.self).map { Double($0) }
        case .uint8, .bool: array(of: UInt8.self).map { Double($0) }
        case .int8: array(of: Int8.self).map { Double($0) }
        }
    }

    /// The elements of a tensor of whole numbers; nil for other types.
    public var integers: [Int]? {
        switch element {
        case .int64: array(of: Int64.self).map { Int($0) }
        case .int32: array(of: Int32.self).map { Int($0) }
        case .uint8: array(of: UInt8.self).map { Int($0) }
        case .int8: array(of: Int8.self).map { Int($0) }
        case .float32, .bool: nil
        }
    }

    /// Looks at the elements. The view must not leave the closure.
    func withView<Result>(_ body: (TensorView) -> Result) -> Result {
        let storage = storage
        return withExtendedLifetime(storage) { body(TensorView(type, storage.base)) }
    }

    /// Valid while the tensor lives.
    ///
    /// - Precondition: the elements are in memory.
    var view: TensorView {
        guard case .resident(let storage) = elements else { preconditionFailure("the elements would go with the view") }
        return TensorView(type, storage.base)
    }
}

/// The Swift types of tensor elements; booleans are `UInt8` 0 and 1.
public protocol TensorElement: BitwiseCopyable, Comparable, Numeric, Sendable {}
extension Float: TensorElement {}
extension Int64: TensorElement {}
extension Int32: TensorElement {}
extension UInt8: TensorElement {}
extension Int8: TensorElement {}
