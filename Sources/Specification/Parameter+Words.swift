extension Parameter where Value == Bool {
    public static func boolean(_ key: String, default value: Bool, _ meaning: String) -> Parameter {
        custom(key, .boolean, default: value, defaultText: value ? "true" : "false", meaning) { json, _ in json.bool }
    }

    public static func requiredBoolean(_ key: String, _ meaning: String) -> Parameter {
        requiredCustom(key, .boolean, placeholder: false, meaning) { json, _ in json.bool }
    }
}

extension Parameter where Value == Bool? {
    public static func optionalBoolean(_ key: String, _ meaning: String) -> Parameter {
        optionalCustom(key, .boolean, meaning) { json, _ in json.bool }
    }
}

extension Parameter where Value == String {
    /// - `kind`: `.string`, `.template`, `.path`, `.glob` or `.valueName`.
    public static func string(
        _ key: String, as kind: ParameterKind = .string, default value: String, _ meaning: String
    ) -> Parameter {
        custom(key, kind, default: value, defaultText: JSONWriter.quoted(value), meaning) { json, _ in json.string }
    }

    public static func requiredString(
        _ key: String, as kind: ParameterKind = .string, _ meaning: String
    ) -> Parameter {
        requiredCustom(key, kind, placeholder: "", meaning) { json, _ in json.string }
    }
}

extension Parameter where Value == String? {
    public static func optionalString(
        _ key: String, as kind: ParameterKind = .string, _ meaning: String
    ) -> Parameter {
        optionalCustom(key, kind, meaning) { json, _ in json.string }
    }
}

extension Parameter where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the words of an enumeration, in the order of its cases.
    public static func choice(_ key: String, default value: Value, _ meaning: String) -> Parameter {
        let words = Value.allCases.map(\.rawValue)
        return custom(
            key, .choice(words), default: value, defaultText: JSONWriter.quoted(value.rawValue), meaning
        ) { json, _ in json.string.flatMap(Value.init(rawValue:)) }
    }

    /// - Precondition: the enumeration has a case.
    public static func requiredChoice(_ key: String, _ meaning: String) -> Parameter {
        let words = Value.allCases.map(\.rawValue)
        return requiredCustom(key, .choice(words), placeholder: Value.allCases.first!, meaning) { json, _ in
            json.string.flatMap(Value.init(rawValue:))
        }
    }
}

extension Parameter {
    /// One of the words of an enumeration, or nothing.
    public static func optionalChoice<Choice: RawRepresentable & CaseIterable & Sendable>(
        _ key: String, _ meaning: String
    ) -> Parameter where Value == Choice?, Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        return optionalCustom(key, .choice(words), meaning) { json, _ in json.string.flatMap(Choice.init(rawValue:)) }
    }
}

extension Parameter where Value == [String] {
    /// One text or a list of texts.
    public static func names(
        _ key: String, as kind: ParameterKind = .valueName, count: ClosedRange<Int> = 1...Int.max,
        default value: [String], _ meaning: String
    ) -> Parameter {
        let text = "[\(value.map(JSONWriter.quoted).joined(separator: ", "))]"
        return custom(
            key, .oneOrList(of: kind, count: count), default: value, defaultText: text, meaning
        ) { json, _ in json.oneOrListOfStrings }
    }

    public static func requiredNames(
        _ key: String, as kind: ParameterKind = .valueName, count: ClosedRange<Int> = 1...Int.max, _ meaning: String
    ) -> Parameter {
        requiredCustom(key, .oneOrList(of: kind, count: count), placeholder: [], meaning) { json, _ in
            json.oneOrListOfStrings
        }
    }
}

extension Parameter where Value == [String]? {
    public static func optionalNames(
        _ key: String, as kind: ParameterKind = .valueName, count: ClosedRange<Int> = 1...Int.max, _ meaning: String
    ) -> Parameter {
        optionalCustom(key, .oneOrList(of: kind, count: count), meaning) { json, _ in json.oneOrListOfStrings }
    }
}

extension Parameter where Value == Colour {
    public static func colour(_ key: String, default value: Colour, _ meaning: String) -> Parameter {
        custom(key, .colour, default: value, defaultText: JSONWriter.quoted(value.text), meaning) { json, _ in
            json.string.flatMap(Colour.init)
        }
    }
}

extension Parameter where Value == Colour? {
    public static func optionalColour(_ key: String, _ meaning: String) -> Parameter {
        optionalCustom(key, .colour, meaning) { json, _ in json.string.flatMap(Colour.init) }
    }
}

extension ParameterKind {
    /// One value, or a list of them; the single value is offered only where one is enough.
    public static func oneOrList(of kind: ParameterKind, count: ClosedRange<Int>) -> ParameterKind {
        if count == 1...1 { return kind }
        return count.contains(1) ? .anyOf([kind, .list(kind, count: count)]) : .list(kind, count: count)
    }
}

extension JSONValue {
    /// The strings of a list, or the one that stands alone.
    public var oneOrListOfStrings: [String]? {
        if let string { return [string] }
        guard let array else { return nil }
        let strings = array.compactMap(\.string)
        return strings.count == array.count ? strings : nil
    }
}
