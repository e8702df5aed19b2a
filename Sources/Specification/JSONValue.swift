/// A key of a JSON object, with its place.
public struct JSONKey: Sendable {
    public let text: String
    /// The bytes of the key with its quotation marks.
    public let range: Range<Int>
}

/// One member of a JSON object.
public struct JSONMember: Sendable {
    public let key: JSONKey
    public let value: JSONValue
}

/// A JSON value that knows where it stands in its document.
public struct JSONValue: Sendable {
    public enum Content: Sendable {
        case null
        case bool(Bool)
        /// The value and the number as it is written; always finite.
        case number(Double, text: String)
        case string(String)
        case array([JSONValue])
        /// The members in the order of the document; no key stands twice.
        case object([JSONMember])
        /// Something that the reader has already recorded an error about.
        case invalid
    }

    public let content: Content
    /// The bytes of the value in its document.
    public let range: Range<Int>

    public init(_ content: Content, range: Range<Int>) {
        self.content = content
        self.range = range
    }

    /// The value of a key; nil where there is none, or where this is no object. Keys are compared code point by code
    /// point, so letters that only look alike are different.
    public subscript(key: String) -> JSONValue? { member(key)?.value }

    public func member(_ key: String) -> JSONMember? {
        members?.first { isSameText($0.key.text, key) }
    }

    public var isInvalid: Bool {
        if case .invalid = content { true } else { false }
    }

    /// Whether the value, or one inside it, is something that the reader has already recorded an error about.
    var containsInvalid: Bool {
        isInvalid || array?.contains(where: \.containsInvalid) ?? false
            || members?.contains { $0.value.containsInvalid } ?? false
    }

    public var bool: Bool? {
        if case .bool(let value) = content { value } else { nil }
    }

    public var number: Double? {
        if case .number(let value, _) = content { value } else { nil }
    }

    /// The number as it is written in the document.
    public var numberText: String? {
        if case .number(_, let text) = content { text } else { nil }
    }

    /// The number when it is whole and fits; `3`, `3.0` and `3e0` are the same. No digit is lost on the way.
    public var integer: Int? {
        guard case .number(let value, let text) = content else { return nil }
        if let exact = Int(text) { return exact }
        // A number with a point or an exponent is exact as a Double below 2⁵³.
        guard text.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }) else {
            return nil
        }
        return abs(value) < 9_007_199_254_740_992 ? Int(exactly: value) : nil
    }

    public var string: String? {
        if case .string(let value) = content { value } else { nil }
    }

    public var array: [JSONValue]? {
        if case .array(let values) = content { values } else { nil }
    }

    public var members: [JSONMember]? {
        if case .object(let members) = content { members } else { nil }
    }

    /// The value in a few words, for messages: `0`, `"mirror"`, `a list of 3 values`.
    public var summary: String {
        switch content {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(_, let text): text.utf8.count > 40 ? "\(text.prefix(40))…" : text
        case .string(let text): quoted(text)
        case .array(let values): values.count == 1 ? "a list of 1 value" : "a list of \(values.count) values"
        case .object(let members): members.isEmpty ? "an empty object" : "an object"
        case .invalid: "not readable"
        }
    }
}

/// Equal code point by code point. `==` on String also takes canonically equivalent texts for equal, which JSON and
/// file systems do not.
func isSameText(_ first: String, _ second: String) -> Bool {
    first.utf8.elementsEqual(second.utf8)
}

/// A JSON pointer (RFC 6901) one level deeper.
func jsonPointer(_ parent: String, _ component: String) -> String {
    guard component.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
        return "\(parent)/\(component)"
    }
    var escaped = ""
    for scalar in component.unicodeScalars {
        switch scalar {
        case "~": escaped += "~0"
        case "/": escaped += "~1"
        default: escaped.unicodeScalars.append(scalar)
        }
    }
    return "\(parent)/\(escaped)"
}
