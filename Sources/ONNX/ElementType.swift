/// What one element of a tensor is.
///
/// Models may also store float16 and float64 elements; both are read as `float32`, the only floating-point type
/// that this program computes with.
public enum ElementType: String, Sendable, CaseIterable {
    case float32, int64, int32, uint8, int8, bool

    /// Bytes that one element takes in memory.
    public var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .int64: 8
        case .uint8, .int8, .bool: 1
        }
    }

    public var isInteger: Bool {
        switch self {
        case .int64, .int32, .uint8, .int8: true
        case .float32, .bool: false
        }
    }
}

/// A `data_type` number of the ONNX format.
enum StoredType: Int32 {
    case float32 = 1
    case uint8 = 2
    case int8 = 3
    case int32 = 6
    case int64 = 7
    case bool = 9
    case float16 = 10
    case float64 = 11

    /// The type in which elements so stored are held and computed with.
    var elementType: ElementType {
        switch self {
        case .float32, .float16, .float64: .float32
        case .uint8: .uint8
        case .int8: .int8
        case .int32: .int32
        case .int64: .int64
        case .bool: .bool
        }
    }

    /// Bytes of one element in `raw_data`.
    var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16: 2
        case .uint8, .int8, .bool: 1
        }
    }

    /// The name of a `data_type` number, whether it can be read here or not.
    static func name(of number: Int32) -> String {
        let names = [
            "undefined", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16",
            "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz",
            "float8e5m2", "float8e5m2fnuz", "uint4", "int4", "float4e2m1",
        ]
        guard number >= 0, Int(number) < names.count else { return "number \(number)" }
        return names[Int(number)]
    }
}

extension ElementType {
    /// The type that ONNX's `data_type` number stands for, as the attribute `to` of Cast names it; nil where the
    /// type is not supported.
    public init?(dataType: Int) {
        guard let number = Int32(exactly: dataType), let stored = StoredType(rawValue: number) else { return nil }
        self = stored.elementType
    }

    /// The name of a `data_type` number for messages, also of one that is not supported.
    public static func name(ofDataType number: Int) -> String {
        guard let number = Int32(exactly: number) else { return "number \(number)" }
        return StoredType.name(of: number)
    }
}
