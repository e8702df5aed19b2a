/// Reads the keys of one step or object and records everything that is wrong with them.
///
/// A fault never stops the reading: ``read(_:)`` then returns a harmless placeholder, so that the other faults are found
/// too. What was read may be used only if ``hasErrors`` is false.
public struct ParameterReader: Sendable {
    /// A text with the bytes it was read from.
    public struct Name: Sendable {
        public let text: String
        public let range: Range<Int>
        /// The JSON pointer of the text.
        public let pointer: String
    }

    /// Keys that every step has, whatever its table says.
    public static let stepKeys = ["op", "from", "as"]

    private static let from = ParameterDescription(
        key: "from", kind: .oneOrList(of: .valueName, count: 0...Int.max),
        meaning: "the name of an earlier result, in double quotes, or a list of such names")
    private static let results = ParameterDescription(
        key: "as", kind: .oneOrList(of: .valueName, count: 0...Int.max),
        meaning: "the name of the result, in double quotes, or a list of names")

    public let object: JSONValue
    public private(set) var faults: ParameterFaults
    /// What stands in for keys that are left out, from the document around the step.
    private var inherited: [String: JSONValue] = [:]
    /// The keys that unknown ones were probably meant to be; they are not also told as missing.
    private let misspelt: [String]

    /// Opens a step. Keys that its table does not have are recorded at once, and so are `from` and `as` that hold
    /// anything but names. How many there may be, and whether they exist, is for the caller to say.
    ///
    /// - `context`: such as `step 2 (convolve)`.
    /// - `pointer`: the JSON pointer of the step, such as `/steps/1`.
    /// - `inherited`: values of keys that the step may leave out; faults in them belong to the document.
    public init(
        object: JSONValue, of step: StepDescription, context: String, pointer: String,
        inherited: [String: JSONValue] = [:]
    ) {
        var faults = ParameterFaults(context: context, pointer: pointer)
        misspelt = ParameterKind.checkKeys(
            of: object.members ?? [], against: step.parameters.map(\.key), envelope: Self.stepKeys, path: [],
            into: &faults)
        for key in [Self.from, Self.results] {
            if let value = object[key.key] { key.check(value, path: [key.key], into: &faults) }
        }
        self.object = object
        self.faults = faults
        self.inherited = inherited
    }

    /// Opens an object that is no step. Keys that the table does not have are recorded at once, and so is a value that
    /// is no object.
    public init(
        object: JSONValue, of table: [ParameterDescription], context: String? = nil, pointer: String = ""
    ) {
        var faults = ParameterFaults(context: context, pointer: pointer)
        misspelt = ParameterKind.checkKeys(
            of: object.members ?? [], against: table.map(\.key), path: [], into: &faults)
        if object.members == nil, !object.isInvalid {
            faults.error(
                at: object.range, rule: "wrong-type", message: "this is \(object.summary); expected an object",
                hint: "write { … } with \(quotedList(table.map(\.key)))")
        }
        self.object = object
        self.faults = faults
    }

    /// Whether a key is in no table: something else that seems to be missing may have been meant by it.
    public var hasUnknownKey: Bool { faults.diagnostics.contains { $0.rule == "unknown-key" } }

    public var hasErrors: Bool { faults.errorCount > 0 }
    public var diagnostics: [Diagnostic] { faults.diagnostics }

    /// The value of a key, its default where the key is left out, or the placeholder where a fault was recorded.
    public mutating func read<Value>(_ parameter: Parameter<Value>) -> Value {
        let description = parameter.description
        guard let json = object[description.key] else {
            if let absent = parameter.absent {
                var faults = ParameterFaults(context: nil, pointer: "")
                return inherited[description.key].flatMap { parameter.decode($0, &faults) } ?? absent
            }
            if object.members != nil, !misspelt.contains(description.key) {
                ParameterKind.reportMissing(description, in: object, path: [], into: &faults)
            }
            return parameter.placeholder
        }
        guard !json.isInvalid else { return parameter.placeholder }
        let before = faults.errorCount
        description.check(json, path: [description.key], into: &faults)
        guard faults.errorCount == before, !json.containsInvalid else { return parameter.placeholder }
        let known = faults.diagnostics.count
        if let value = parameter.decode(json, &faults) { return value }
        faults.addHint(description.hint(isNested: false), from: known)
        if faults.errorCount == before {
            faults.error(
                at: json.range, rule: "wrong-value",
                message: "\(description.key) is \(json.summary); "
                    + "expected \(description.kind.expectation(description.unit))",
                hint: description.hint(isNested: false), path: [description.key])
        }
        return parameter.placeholder
    }

    public func has(_ key: String) -> Bool { object[key] != nil }

    /// Whether a fault in the value of a key has been recorded: what follows from it is then not worth telling.
    public func isFaulty(_ key: String) -> Bool {
        let pointer = jsonPointer(faults.pointer, key)
        return object[key]?.isInvalid == true
            || faults.diagnostics.contains {
                $0.severity == .error && ($0.pointer == pointer || $0.pointer.hasPrefix(pointer + "/"))
            }
    }

    /// The bytes of the value of a key; of the object's opening bracket where the key is left out.
    public func range(of key: String) -> Range<Int> {
        object[key]?.range ?? object.range.lowerBound..<object.range.lowerBound + 1
    }

    /// The texts of a key that holds one or a list of them, with their places; empty where the key is left out or is
    /// of another kind.
    public func names(_ key: String) -> [Name] {
        guard let value = object[key] else { return [] }
        let pointer = jsonPointer(faults.pointer, key)
        if let text = value.string { return [Name(text: text, range: value.range, pointer: pointer)] }
        return (value.array ?? []).enumerated().compactMap { index, item in
            item.string.map { Name(text: $0, range: item.range, pointer: "\(pointer)/\(index)") }
        }
    }

    /// Records a fault that involves several keys, at the value of one of them.
    public mutating func error(at key: String, rule: String, message: String, hint: String? = nil) {
        faults.error(at: range(of: key), rule: rule, message: message, hint: hint, path: has(key) ? [key] : [])
    }

    public mutating func error(at range: Range<Int>, rule: String, message: String, hint: String? = nil) {
        faults.error(at: range, rule: rule, message: message, hint: hint)
    }

    public mutating func warning(at key: String, rule: String, message: String, hint: String? = nil) {
        faults.warning(at: range(of: key), rule: rule, message: message, hint: hint, path: has(key) ? [key] : [])
    }

    /// Hands everything that was recorded to the document's diagnostics.
    public func finish(into diagnostics: inout Diagnostics) {
        diagnostics.append(contentsOf: faults.diagnostics)
    }
}

extension ParameterFaults {
    /// Reads an object inside a value by its own table; nil where a fault in it was recorded.
    ///
    /// - `path`: keys and indices from the object of these faults to that one.
    public mutating func readObject<Value>(
        _ object: JSONValue, of table: [ParameterDescription], at path: [String],
        _ read: (inout ParameterReader) -> Value
    ) -> Value? {
        var reader = ParameterReader(
            object: object, of: table, context: context, pointer: path.reduce(pointer, jsonPointer))
        let value = read(&reader)
        append(reader.diagnostics)
        return reader.hasErrors ? nil : value
    }
}
