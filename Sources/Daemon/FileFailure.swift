import Codecs
import Intake
import Outbox
import Pipelines
import Scheduling
import Specification
import SystemPackage

/// Why a file was not processed, from whatever module the reason came.
struct FileFailure: Error, Sendable {
    /// What would fail for other files as well.
    enum Scope: Sendable {
        case file
        /// The folder of results cannot be written.
        case folder
        /// The ledger cannot be written.
        case service
    }

    /// The code of a content over which the process died again and again.
    static let killsTheService = "kills-the-service"

    /// A stable kebab-case name.
    let code: String
    let kind: FailureClass
    let step: String?
    let message: String
    let hint: String?
    var scope = Scope.file

    init(code: String, kind: FailureClass, step: String? = nil, message: String, hint: String? = nil) {
        self.code = code
        self.kind = kind
        self.step = step
        self.message = message
        self.hint = hint
    }

    init(_ error: PictureError) {
        self.init(
            code: error.code, kind: error.kind == .permanent ? .permanent : .transient, step: error.step,
            message: error.message, hint: error.hint)
        // The decode step reads the file; every other one that meets the system writes a result.
        if kind == .transient, code == "io", let step, !step.hasSuffix("(decode)") { scope = .folder }
    }

    init(_ error: LedgerError) {
        self.init(
            code: "ledger", kind: .transient, message: "\(error)", hint: "make room on the disk of the state folder")
        scope = .service
    }

    init(_ error: OutboxError) {
        self.init(
            code: Self.code(of: error), kind: error.failureClass, message: error.message,
            hint: error.hint)
        if kind == .transient { scope = .folder }
    }

    /// A failure of the folder of results, or of the one for originals: whatever it is, other files would meet it too.
    init(folder error: OutboxError) {
        self.init(
            code: Self.code(of: error), kind: .transient, message: error.message, hint: error.hint)
        scope = .folder
    }

    private static func code(of error: OutboxError) -> String {
        switch error.errno {
        case .noSpace?: "output-full"
        case .diskQuotaExceeded?: "output-quota"
        case .readOnlyFileSystem?: "output-read-only"
        case .permissionDenied?, .notPermitted?: "output-denied"
        default: error.failureClass == .policy ? "name-taken" : "output"
        }
    }

    /// A failure to read the file.
    init(reading error: Errno) {
        self.init(
            code: error == .permissionDenied || error == .notPermitted ? "unreadable" : "read-error",
            kind: .transient, message: "cannot be read: \(error)",
            hint: "check its permissions; it is tried again")
    }

    var text: String { step.map { "\($0): \(message)" } ?? message }
}
