import ONNX

/// A tensor's memory as a layer sees it during a run: typed, not owned.
struct TensorView {
    let type: TensorType
    let base: UnsafeMutableRawPointer

    init(_ type: TensorType, _ base: UnsafeMutableRawPointer) {
        self.type = type
        self.base = base
    }

    var element: ElementType { type.element }
    var shape: [Int] { type.shape }
    var count: Int { type.count }

    func elements<Element: TensorElement>(of _: Element.Type) -> UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(start: base.assumingMemoryBound(to: Element.self), count: type.count)
    }

    var floats: UnsafeMutableBufferPointer<Float> {
        precondition(type.element == .float32)
        return elements(of: Float.self)
    }

    var int64s: UnsafeMutableBufferPointer<Int64> {
        precondition(type.element == .int64)
        return elements(of: Int64.self)
    }

    /// Booleans, 0 and 1.
    var flags: UnsafeMutableBufferPointer<UInt8> {
        precondition(type.element == .bool)
        return elements(of: UInt8.self)
    }

    func copy(from other: TensorView) {
        precondition(type.byteCount == other.type.byteCount)
        base.copyMemory(from: other.base, byteCount: type.byteCount)
    }

    /// The element at a place, as a whole number.
    ///
    /// - Precondition: a tensor of whole numbers.
    func integer(at index: Int) -> Int {
        switch element {
        case .int64: Int(elements(of: Int64.self)[index])
        case .int32: Int(elements(of: Int32.self)[index])
        case .uint8, .bool: Int(elements(of: UInt8.self)[index])
        case .int8: Int(elements(of: Int8.self)[index])
        case .float32: preconditionFailure("not a tensor of whole numbers")
        }
    }

    /// Writes a whole number, which wraps around where the element type is too narrow.
    ///
    /// - Precondition: a tensor of whole numbers.
    func setInteger(_ value: Int, at index: Int) {
        switch element {
        case .int64: elements(of: Int64.self)[index] = Int64(value)
        case .int32: elements(of: Int32.self)[index] = Int32(truncatingIfNeeded: value)
        case .uint8, .bool: elements(of: UInt8.self)[index] = UInt8(truncatingIfNeeded: value)
        case .int8: elements(of: Int8.self)[index] = Int8(truncatingIfNeeded: value)
        case .float32: preconditionFailure("not a tensor of whole numbers")
        }
    }

    /// The element at a place as a floating-point number.
    func double(at index: Int) -> Double {
        element == .float32 ? Double(floats[index]) : Double(integer(at: index))
    }
}
