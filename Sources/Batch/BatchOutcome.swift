import Glibc
import Outbox
import Pipelines
import Specification

/// What became of one input.
public struct BatchOutcome: Sendable {
    public enum Result: Sendable {
        case done(PictureReport)
        /// Every output was there already.
        case skipped
        case failed(BatchFailure)
    }

    public let input: InputFile
    public let result: Result
    public let seconds: Double

    /// One line of the report; that of a share names it.
    public func json(share: Share?) -> JSONNode {
        var members: [(key: String, value: JSONNode?)] = [("input", .string(PrintableName.escaped(input.path)))]
        switch result {
        case .done(let report):
            members += [
                ("status", "done"),
                ("outputs", .array(report.outputs.map { .string(PrintableName.escaped($0)) })),
                ("format", .string(report.traits.format.rawValue)),
                ("width", .integer(report.traits.size.width)),
                ("height", .integer(report.traits.size.height)),
                ("warnings", report.warnings.isEmpty ? nil : .array(report.warnings.map(JSONNode.string))),
            ]
        case .skipped: members.append(("status", "skipped"))
        case .failed(let failure):
            members += [
                ("status", "failed"), ("code", .string(failure.code)), ("class", .string(failure.kind)),
                ("step", failure.step.map(JSONNode.string)), ("message", .string(failure.message)),
                ("hint", failure.hint.map(JSONNode.string)),
            ]
        }
        members.append(("seconds", .number((seconds * 1e6).rounded() / 1e6)))
        if let share { members.append(("shard", .string(share.text))) }
        return .object(compacting: members)
    }
}

/// Why an input failed, from whatever module the reason came.
public struct BatchFailure: Error, Sendable {
    public let code: String
    /// `transient`, `permanent`, `policy` or `cancelled`.
    public let kind: String
    public let step: String?
    public let message: String
    public let hint: String?

    public var text: String { step.map { "\($0): \(message)" } ?? message }

    init(code: String, kind: String, step: String? = nil, message: String, hint: String? = nil) {
        self.code = code
        self.kind = kind
        self.step = step
        self.message = message
        self.hint = hint
    }

    public init(_ error: any Error) {
        switch error {
        case let error as BatchFailure: self = error
        case let error as PictureError:
            self.init(
                code: error.code, kind: error.kind.rawValue, step: error.step, message: error.message,
                hint: error.hint)
        case let error as OutboxError:
            self.init(
                code: "output", kind: error.failureClass.rawValue, message: error.message, hint: error.hint)
        case let error as PublishedOutputs.ReplacesInput:
            self.init(code: "replaces-input", kind: "policy", message: error.message, hint: error.hint)
        default: self.init(code: "unexpected", kind: "permanent", message: "\(error)")
        }
    }

    static func unreadable(_ errno: Int32) -> BatchFailure {
        BatchFailure(
            code: "unreadable", kind: "permanent", message: "cannot be read: \(String(cString: strerror(errno)))",
            hint: "check the path and its permissions")
    }
}
