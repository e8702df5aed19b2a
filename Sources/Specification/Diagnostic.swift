/// One fault of a document: where it is, which rule it breaks, and what to do about it.
public struct Diagnostic: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable {
        case error, warning
    }

    public let severity: Severity
    /// The offending bytes; empty where something is missing.
    public let range: Range<Int>
    /// A stable kebab-case name, such as `unknown-key`.
    public let rule: String
    /// What is wrong, in one line without a full stop.
    public let message: String
    /// What to do about it.
    public internal(set) var hint: String?
    /// The place as a JSON pointer (RFC 6901), such as `/steps/1/stride`; empty for the whole document.
    public let pointer: String
    /// The step it is about, such as `step 2 (convolve)`.
    public let context: String?

    public init(
        _ severity: Severity = .error, at range: Range<Int>, rule: String, message: String, hint: String? = nil,
        pointer: String = "", context: String? = nil
    ) {
        self.severity = severity
        self.range = range
        self.rule = rule
        self.message = message
        self.hint = hint
        self.pointer = pointer
        self.context = context
    }

    /// The message after the step it is about: `step 2 (convolve): stride is 0; allowed are 1...64`.
    public var text: String {
        context.map { "\($0): \(message)" } ?? message
    }
}

/// Everything that is wrong with one document.
public struct Diagnostics: Sendable {
    /// How many diagnostics are kept; the rest are only counted.
    public static let limit = 200

    public let source: SourceText
    private var kept: [Diagnostic] = []
    /// How many diagnostics came after the limit.
    public private(set) var omittedCount = 0
    public private(set) var errorCount = 0

    public init(source: SourceText) {
        self.source = source
    }

    public var hasErrors: Bool { errorCount > 0 }
    public var isEmpty: Bool { kept.isEmpty }
    public var isFull: Bool { kept.count >= Self.limit }

    /// The diagnostics in the order of their places in the document.
    public var all: [Diagnostic] {
        kept.enumerated()
            .sorted { ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset) }
            .map(\.element)
    }

    public mutating func append(_ diagnostic: Diagnostic) {
        if diagnostic.severity == .error { errorCount += 1 }
        guard !isFull else {
            omittedCount += 1
            return
        }
        kept.append(diagnostic)
    }

    public mutating func append(contentsOf diagnostics: some Sequence<Diagnostic>) {
        for diagnostic in diagnostics { append(diagnostic) }
    }

    /// Records an error at some bytes of the document.
    public mutating func error(
        at range: Range<Int>, rule: String, message: String, hint: String? = nil, pointer: String = "",
        context: String? = nil
    ) {
        append(
            Diagnostic(.error, at: range, rule: rule, message: message, hint: hint, pointer: pointer, context: context))
    }

    public mutating func warning(
        at range: Range<Int>, rule: String, message: String, hint: String? = nil, pointer: String = "",
        context: String? = nil
    ) {
        append(
            Diagnostic(
                .warning, at: range, rule: rule, message: message, hint: hint, pointer: pointer, context: context))
    }
}
