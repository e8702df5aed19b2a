/// Why a model was refused.
public struct ModelError: Error, Equatable, CustomStringConvertible {
    public enum Fault: Error, Equatable {
        /// The file could not be opened or read.
        case unreadable(String)
        /// The bytes are not an ONNX model, with the reason.
        case notAModel(String)
        /// The bytes break off or contradict themselves at an offset.
        case malformed(offset: Int, String)
        case tooMany(String, count: Int, allowed: Int)
        case unsupportedVersion(String)
        case unsupportedFeature(String)
        case tensor(name: String, String)
        case attribute(node: String, name: String, String)
        /// Two things carry the name.
        case nameMadeTwice(String, by: String)
        case nameNotMade(String, usedBy: String)
        case cycle([String])
    }

    public var file: String
    public var fault: Fault

    public init(file: String, fault: Fault) {
        self.file = file
        self.fault = fault
    }

    public var description: String { "\(printable(file)): \(reason)" }

    /// The description without the file's name.
    public var reason: String {
        switch fault {
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .notAModel(let reason): "not an ONNX model: \(reason)"
        case .malformed(let offset, let reason): "not an ONNX model: at byte \(offset), \(reason)"
        case .tooMany(let what, let count, let allowed): "\(count) \(what); allowed are \(allowed)"
        case .unsupportedVersion(let text): text
        case .unsupportedFeature(let text): "\(text) not supported"
        case .tensor(let name, let reason): "tensor \"\(printable(name))\": \(reason)"
        case .attribute(let node, let name, let reason): "\(node): attribute \"\(printable(name))\" \(reason)"
        case .nameMadeTwice(let name, let maker):
            "\"\(printable(name))\" is made twice, the second time by \(maker)"
        case .nameNotMade(let name, let user): "\"\(printable(name))\", which \(user) uses, is made by nothing"
        case .cycle(let nodes): "a cycle through \(nodes.joined(separator: ", "))"
        }
    }
}
