/// Why a layer cannot be built, shaped or run; `InferenceError` adds the file and the node.
public enum LayerError: Error, Equatable, CustomStringConvertible {
    case attribute(String, String)
    case inputs(String)
    /// Shapes that do not fit together or lead to one that cannot be.
    case shape(String)
    case type(String)
    case unsupported(String)
    /// Wrong data in a run, such as an index outside the tensor.
    case data(String)
    /// The output's shape depends on the value of this input, which is known only in a run.
    case valueNeeded(input: Int)

    public var description: String {
        switch self {
        case .attribute(let name, let reason): "attribute \"\(name)\" \(reason)"
        case .inputs(let text), .shape(let text), .type(let text), .unsupported(let text), .data(let text): text
        case .valueNeeded(let input): "the output's shape depends on the value of input \(input)"
        }
    }
}
