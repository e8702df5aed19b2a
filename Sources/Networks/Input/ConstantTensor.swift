import Inference
import ONNX
import Operations

extension Tensor {
    /// The values of an input besides the picture: one for all elements, or as many as it takes.
    init(_ values: [Double], for input: ValueInfo) throws(OperationError) {
        let declared = (input.shape ?? []).map { if case .fixed(let size) = $0 { size } else { 1 } }
        let count = declared.reduce(1, *)
        let isOpen = input.shape?.contains { if case .fixed = $0 { false } else { true } } ?? true
        // A single open size is whatever the values make of it.
        let shape = isOpen && values.count != count ? [values.count] : declared
        guard values.count == 1 || isOpen && declared.count <= 1 || values.count == count else {
            throw OperationError(
                "wrong-count", "\(values.count) values for the input \"\(input.name)\", which takes \(count)",
                hint: "give one for all elements, or each in order")
        }
        let total = shape.reduce(1, *)
        let all = values.count == total ? values : [Double](repeating: values[0], count: total)
        do throws(LayerError) {
            switch input.type {
            case .float32: self = try Tensor(shape: shape, floats: all.map { Float($0) })
            case .int64:
                self = try Tensor(
                    shape: shape, int64s: all.map { Int64(exactly: $0.rounded()) ?? ($0 < 0 ? .min : .max) })
            case .int32:
                self = try Tensor(
                    element: .int32, shape: shape,
                    of: all.map { Int32(exactly: $0.rounded()) ?? ($0 < 0 ? .min : .max) })
            case .uint8:
                self = try Tensor(
                    element: .uint8, shape: shape,
                    of: all.map { UInt8(exactly: $0.rounded()) ?? ($0 < 0 ? .min : .max) })
            case .bool: self = try Tensor(element: .bool, shape: shape, of: all.map { $0 == 0 ? 0 : 1 as UInt8 })
            default: throw .type("it is of type \(input.type)")
            }
        } catch {
            throw OperationError("wrong-input", "the input \"\(input.name)\" cannot be given: \(error)")
        }
    }
}
