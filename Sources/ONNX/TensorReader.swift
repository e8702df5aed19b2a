import SwiftProtobuf

extension TensorData {
    /// Reads a tensor whose elements stand in the model file itself.
    ///
    /// - Parameter payload: its `raw_data`, where the message comes without.
    init(_ proto: Onnx_TensorProto, payload: Payload? = nil, limits: ModelLimits) throws(ModelError.Fault) {
        func fault(_ reason: String) -> ModelError.Fault { .tensor(name: proto.name, reason) }

        name = proto.name
        if proto.hasSegment { throw fault("it is stored in segments, which are not supported") }
        if proto.dataLocation != 0 || !proto.externalData.isEmpty {
            // A path in a model file could lead anywhere; the whole feature stays out.
            throw fault(
                "its elements are stored outside the model file, which is not supported; save the model in one file")
        }
        guard let stored = StoredType(rawValue: proto.dataType) else {
            throw fault("elements of type \(StoredType.name(of: proto.dataType)) are not supported")
        }
        if proto.dims.count > limits.rank { throw fault("\(proto.dims.count) dimensions; allowed are \(limits.rank)") }
        var shape: [Int] = []
        var count = 1
        for dimension in proto.dims {
            guard dimension >= 0, dimension <= Int64(Int32.max) else { throw fault("a dimension of \(dimension)") }
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(dimension))
            if overflow { throw fault("the product of its dimensions \(proto.dims) overflows") }
            count = product
            shape.append(Int(dimension))
        }
        // A zero further on must not hide a product that no memory could hold.
        if shape.contains(0) { count = 0 }
        self.shape = shape

        let lists = [
            ("float_data", proto.floatData.count), ("int32_data", proto.int32Data.count),
            ("int64_data", proto.int64Data.count), ("double_data", proto.doubleData.count),
            ("uint64_data", proto.uint64Data.count), ("string_data", proto.stringData.count),
        ].filter { $0.1 > 0 }
        if payload != nil || proto.hasRawData, payload != nil || !proto.rawData.isEmpty || lists.isEmpty {
            if let other = lists.first { throw fault("it holds both raw_data and \(other.0)") }
            let (size, overflow) = count.multipliedReportingOverflow(by: stored.byteCount)
            let found = payload?.count ?? proto.rawData.count
            if overflow || found != size {
                throw fault(
                    "raw_data has \(found) bytes; shape \(shape) of \(StoredType.name(of: proto.dataType)) "
                        + "takes \(overflow ? "more than memory can hold" : String(size))")
            }
            if let payload {
                elements = try Elements(payload, as: stored, count: count)
            } else {
                elements = proto.rawData.withUnsafeBytes { Elements(raw: $0, as: stored, count: count) }
            }
            return
        }

        let expected =
            switch stored {
            case .float32: "float_data"
            case .int64: "int64_data"
            case .float64: "double_data"
            case .uint8, .int8, .int32, .bool, .float16: "int32_data"
            }
        if let other = lists.first(where: { $0.0 != expected }) {
            throw fault("its type is \(StoredType.name(of: proto.dataType)), but it holds \(other.0)")
        }
        let found = lists.first?.1 ?? 0
        guard found == count else { throw fault("\(expected) has \(found) elements; shape \(shape) takes \(count)") }
        switch stored {
        case .float32: elements = .float32(proto.floatData)
        case .int64: elements = .int64(proto.int64Data)
        case .float64: elements = .float32(proto.doubleData.map { Float($0) })
        case .int32: elements = .int32(proto.int32Data)
        case .uint8:
            elements = .uint8(try TensorData.narrowed(proto.int32Data, name: proto.name))
        case .int8:
            elements = .int8(try TensorData.narrowed(proto.int32Data, name: proto.name))
        case .bool:
            elements = .bool(proto.int32Data.map { $0 == 0 ? 0 : 1 })
        case .float16:
            let bits: [UInt16] = try TensorData.narrowed(proto.int32Data, name: proto.name)
            elements = .float32(bits.map { floatValue(ofHalf: $0) })
        }
    }

    private static func narrowed<T: FixedWidthInteger>(_ values: [Int32], name: String) throws(ModelError.Fault) -> [T]
    {
        var result: [T] = []
        result.reserveCapacity(values.count)
        for value in values {
            guard let narrow = T(exactly: value) else { throw .tensor(name: name, "the element \(value) does not fit") }
            result.append(narrow)
        }
        return result
    }
}

extension TensorData.Elements {
    fileprivate init(_ payload: Payload, as stored: StoredType, count: Int) throws(ModelError.Fault) {
        switch payload {
        case .memory(let bytes):
            self = bytes.withUnsafeBytes { TensorData.Elements(raw: $0, as: stored, count: count) }
        case .file(let file, let range) where stored == .float32:
            self = .float32InFile(try FloatsInFile(file: file, range: range))
        case .file(let file, let range):
            self = try file.bytes(in: range).withUnsafeBytes { TensorData.Elements(raw: $0, as: stored, count: count) }
        }
    }

    /// The first number that is none, or infinite.
    var firstOddNumber: Float? {
        switch self {
        case .float32(let values): values.first { !$0.isFinite }
        case .float32InFile(let floats): floats.firstOddNumber
        default: nil
        }
    }

    /// Little-endian bytes, exactly `count` elements of them.
    fileprivate init(raw: UnsafeRawBufferPointer, as stored: StoredType, count: Int) {
        switch stored {
        case .float32: self = .float32(copied(raw, count, of: Float.self))
        case .int64: self = .int64(copied(raw, count, of: Int64.self))
        case .int32: self = .int32(copied(raw, count, of: Int32.self))
        case .uint8: self = .uint8(copied(raw, count, of: UInt8.self))
        case .int8: self = .int8(copied(raw, count, of: Int8.self))
        case .bool: self = .bool(raw.map { $0 == 0 ? 0 : 1 })
        case .float16: self = .float32(copied(raw, count, of: UInt16.self).map { floatValue(ofHalf: $0) })
        case .float64: self = .float32(copied(raw, count, of: Double.self).map { Float($0) })
        }
    }
}

/// The machines that this program runs on are little-endian like the format, so bytes are taken as they are.
private func copied<T: BitwiseCopyable>(_ raw: UnsafeRawBufferPointer, _ count: Int, of type: T.Type) -> [T] {
    [T](unsafeUninitializedCapacity: count) { buffer, initialized in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: raw[..<(count * MemoryLayout<T>.stride)]))
        initialized = count
    }
}

/// The value of an IEEE 754 half-precision number.
public func floatValue(ofHalf bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1f
    let fraction = UInt32(bits & 0x3ff)
    switch exponent {
    case 0:
        let magnitude = Float(fraction) * 0x1p-24
        return sign == 0 ? magnitude : -magnitude
    case 31:
        return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default:
        return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
}

extension TensorData {
    /// Reads a tensor that stands alone in a file, as ONNX's own test data does.
    ///
    /// - Parameter file: the name that messages give.
    public init(bytes: [UInt8], file: String, limits: ModelLimits = ModelLimits()) throws(ModelError) {
        do throws(ModelError.Fault) {
            var scan = WireScan(bytes, limits: limits)
            try scan.checkTensor()
            let proto: Onnx_TensorProto
            do {
                proto = try Onnx_TensorProto(serializedBytes: bytes)
            } catch {
                throw ModelError.Fault.notAModel("its fields contradict the format (\(error))")
            }
            try self.init(proto, limits: limits)
        } catch {
            throw ModelError(file: file, fault: error)
        }
    }
}
