/// Collects the faults of one step or object while its keys are read.
public struct ParameterFaults: Sendable {
    /// Such as `step 2 (convolve)`.
    public let context: String?
    /// The JSON pointer of the object.
    public let pointer: String
    public internal(set) var diagnostics: [Diagnostic] = []
    public internal(set) var errorCount = 0

    public init(context: String? = nil, pointer: String = "") {
        self.context = context
        self.pointer = pointer
    }

    /// Records an error at a value.
    ///
    /// - `path`: keys and indices from the object to the value.
    public mutating func error(
        at range: Range<Int>, rule: String, message: String, hint: String? = nil, path: [String] = []
    ) {
        errorCount += 1
        // A document that is wrong in every place is told about often enough by the first ones.
        guard diagnostics.count < Diagnostics.limit else { return }
        diagnostics.append(
            Diagnostic(
                .error, at: range, rule: rule, message: message, hint: hint, pointer: path.reduce(pointer, jsonPointer),
                context: context))
    }

    public mutating func warning(
        at range: Range<Int>, rule: String, message: String, hint: String? = nil, path: [String] = []
    ) {
        guard diagnostics.count < Diagnostics.limit else { return }
        diagnostics.append(
            Diagnostic(
                .warning, at: range, rule: rule, message: message, hint: hint,
                pointer: path.reduce(pointer, jsonPointer), context: context))
    }
}
