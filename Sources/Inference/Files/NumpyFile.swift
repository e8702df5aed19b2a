import ONNX

/// NumPy's file format for one array (`.npy`), versions 1 to 3.
///
/// Read are little-endian float32, float64 and float16 (as float32), int64, int32, uint8, int8 and bool, in row-major
/// order; written is version 1.
public enum NumpyFile {
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    private static let longestHeader = 1 << 16

    /// - Parameter file: the name that messages give.
    public static func tensor(from bytes: [UInt8], file: String) throws(InferenceError) -> Tensor {
        func fault(_ reason: String) -> InferenceError { .tensorFile(file, "not an array that can be read: \(reason)") }

        guard bytes.count >= 12, Array(bytes[..<6]) == magic else { throw fault("it does not begin as NumPy files do") }
        let long = bytes[6] >= 2
        guard (1...3).contains(bytes[6]) else { throw fault("its format version is \(bytes[6])") }
        let length = (0..<(long ? 4 : 2)).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
        let start = long ? 12 : 10
        guard length <= longestHeader, start + length <= bytes.count else { throw fault("its header breaks off") }
        guard let header = String(validating: bytes[start..<start + length], as: UTF8.self) else {
            throw fault("its header is not text")
        }
        guard let descriptor = field("descr", in: header)?.trimmed(of: "'\""),
            let order = field("fortran_order", in: header), let shapeText = field("shape", in: header)
        else { throw fault("its header \(printable(header)) lacks descr, fortran_order or shape") }
        guard order == "False" else { throw fault("it is in column-major order") }
        var shape: [Int] = []
        for part in shapeText.trimmed(of: "()").split(separator: ",") {
            guard let size = Int(part.filter { $0 != " " }) else { throw fault("its shape is \(printable(shapeText))") }
            shape.append(size)
        }
        let data = bytes[(start + length)...]
        do {
            switch descriptor {
            case "<f4": return try tensor(data, .float32, shape, of: Float.self)
            case "<i8": return try tensor(data, .int64, shape, of: Int64.self)
            case "<i4": return try tensor(data, .int32, shape, of: Int32.self)
            case "|u1": return try tensor(data, .uint8, shape, of: UInt8.self)
            case "|i1": return try tensor(data, .int8, shape, of: Int8.self)
            case "|b1": return try tensor(data, .bool, shape, of: UInt8.self)
            case "<f8": return try converted(data, shape, from: UInt64.self) { Float(Double(bitPattern: $0)) }
            case "<f2": return try converted(data, shape, from: UInt16.self) { floatValue(ofHalf: $0) }
            default: throw fault("elements of type \(printable(descriptor)) are not supported")
            }
        } catch let error as LayerError {
            throw fault(error.description)
        } catch let error as InferenceError {
            throw error
        } catch {
            throw fault("\(error)")
        }
    }

    private static func tensor<Element: TensorElement>(
        _ data: ArraySlice<UInt8>, _ element: ElementType, _ shape: [Int], of _: Element.Type
    ) throws(LayerError) -> Tensor {
        let type = try TensorType(element, shape)
        guard data.count == type.byteCount else {
            throw .shape("\(data.count) bytes for shape \(shape) of \(element), which takes \(type.byteCount)")
        }
        return Tensor(type) { view in
            data.withUnsafeBytes {
                if let from = $0.baseAddress { view.base.copyMemory(from: from, byteCount: $0.count) }
            }
        }
    }

    private static func converted<Bits: FixedWidthInteger>(
        _ data: ArraySlice<UInt8>, _ shape: [Int], from _: Bits.Type, _ convert: (Bits) -> Float
    ) throws(LayerError) -> Tensor {
        let type = try TensorType(.float32, shape)
        let width = Bits.bitWidth / 8
        guard data.count == type.count * width else {
            throw .shape("\(data.count) bytes for shape \(shape), which takes \(type.count * width)")
        }
        return Tensor(type) { view in
            data.withUnsafeBytes { raw in
                for index in 0..<type.count {
                    view.floats[index] = convert(raw.loadUnaligned(fromByteOffset: index * width, as: Bits.self))
                }
            }
        }
    }

    /// The text of one entry of the header's dictionary.
    private static func field(_ name: String, in header: String) -> String? {
        for quote in ["'", "\""] {
            guard let key = header.firstRange(of: quote + name + quote) else { continue }
            var rest = header[key.upperBound...].drop { $0 == " " }
            guard rest.first == ":" else { return nil }
            rest = rest.dropFirst().drop { $0 == " " }
            if rest.first == "(" {
                guard let end = rest.firstIndex(of: ")") else { return nil }
                return String(rest[...end])
            }
            return String(rest.prefix { $0 != "," && $0 != "}" }).trimmed(of: " ")
        }
        return nil
    }

    /// The bytes of a file that holds the tensor.
    public static func bytes(of tensor: Tensor) -> [UInt8] {
        let descriptor =
            switch tensor.element {
            case .float32: "<f4"
            case .int64: "<i8"
            case .int32: "<i4"
            case .uint8: "|u1"
            case .int8: "|i1"
            case .bool: "|b1"
            }
        let shape = tensor.shape.map { "\($0)," }.joined(separator: " ")
        var header = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(shape)), }"
        // The elements begin at a multiple of 64 bytes.
        header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
        let length = header.utf8.count
        var bytes = magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8)
        tensor.withView { bytes += UnsafeRawBufferPointer(start: $0.base, count: tensor.type.byteCount) }
        return bytes
    }
}

extension String {
    fileprivate func trimmed(of characters: String) -> String {
        var part = self[...]
        while let first = part.first, characters.contains(first) { part.removeFirst() }
        while let last = part.last, characters.contains(last) { part.removeLast() }
        return String(part)
    }

    fileprivate func firstRange(of text: String) -> Range<String.Index>? {
        var at = startIndex
        while at < endIndex {
            if self[at...].hasPrefix(text) { return at..<index(at, offsetBy: text.count) }
            at = index(after: at)
        }
        return nil
    }
}
