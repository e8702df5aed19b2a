import Codecs
import Operations

/// Why one picture could not be processed.
public struct PictureError: Error, Sendable {
    /// What a second try can hope for.
    public enum Class: String, Sendable {
        /// The machine's state is the cause: the same file may succeed later.
        case transient
        /// The file, or the file with this pipeline, is the cause.
        case permanent
        /// The run was ended from outside.
        case cancelled
    }

    /// A stable kebab-case name, such as `truncated`.
    public let code: String
    public let kind: Class
    /// Such as `step 1 (decode)`.
    public let step: String?
    public let message: String
    public let hint: String?

    public init(code: String, kind: Class, step: String?, message: String, hint: String?) {
        self.code = code
        self.kind = kind
        self.step = step
        self.message = message
        self.hint = hint
    }

    init(_ error: CodecError, step: String) {
        let kind: Class = if case .cancelled = error { .cancelled } else { error.isTransient ? .transient : .permanent }
        self.init(code: error.code, kind: kind, step: step, message: error.message, hint: error.hint)
    }

    init(_ error: OperationError, step: String) {
        self.init(code: error.code, kind: .permanent, step: step, message: error.message, hint: error.hint)
    }

    /// The step and the message in one line.
    public var text: String { step.map { "\($0): \(message)" } ?? message }
}
