import ONNX

/// Why a network cannot be loaded or run.
public enum InferenceError: Error, CustomStringConvertible {
    case model(ModelError)
    /// Every operator of the model that this program does not have, each once.
    case unsupportedOperators(file: String, opset: Int, [String])
    /// A node that cannot be built, shaped or run, with the types of its inputs as far as they are known.
    case node(file: String, opset: Int, node: String, inputs: [String], LayerError)
    case input(file: String, name: String, String)
    case memory(file: String, needed: Int, allowed: Int)
    case tensorFile(String, String)
    case cancelled

    public var description: String {
        switch self {
        case .model(let error): error.description
        case .unsupportedOperators(let file, let opset, let names):
            "\(printable(file)): operators not supported in operator set \(opset): "
                + names.map(printable).joined(separator: ", ")
        case .node(let file, let opset, let node, let inputs, let error):
            "\(printable(file)): \(node), operator set \(opset)"
                + (inputs.isEmpty ? "" : ", inputs \(inputs.joined(separator: ", "))") + ": \(error)"
        case .input(let file, let name, let reason): "\(printable(file)): input \"\(printable(name))\": \(reason)"
        case .memory(let file, let needed, let allowed):
            "\(printable(file)): needs \(needed) bytes of memory; allowed are \(allowed). Raise the memory limit or give "
                + "a smaller input"
        case .tensorFile(let file, let reason): "\(printable(file)): \(reason)"
        case .cancelled: "cancelled"
        }
    }
}
