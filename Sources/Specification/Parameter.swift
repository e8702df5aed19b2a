/// A key with its table entry and the way from its JSON to a value of the program.
///
/// Range, default and meaning stand in one place, where the parameter is declared:
///
///     static let stride = Parameter.integer("stride", in: 1...64, default: 1, unit: "pixels", "Distance between …")
///
/// and are read with ``ParameterReader/read(_:)``.
public struct Parameter<Value: Sendable>: Sendable {
    public let description: ParameterDescription
    /// The value when the key is left out; nil for a required key.
    public let absent: Value?
    /// What stands in for a value that could not be read, so that reading goes on and finds the other faults.
    public let placeholder: Value
    let decode: @Sendable (JSONValue, inout ParameterFaults) -> Value?

    /// A parameter of a form of its own.
    ///
    /// - `kind`: checked before `decode` is called, which therefore sees only values of that kind.
    /// - `absent`: the value when the key is left out; nil makes the key required.
    /// - `defaultText`: the same as JSON, for the reference.
    /// - `decode`: nil where the value is refused after all; it then has recorded why.
    public init(
        _ key: String, _ kind: ParameterKind, absent: Value?, defaultText: String?, placeholder: Value,
        unit: String? = nil, _ meaning: String,
        decode: @escaping @Sendable (JSONValue, inout ParameterFaults) -> Value?
    ) {
        description = ParameterDescription(
            key: key, kind: kind, isRequired: absent == nil, defaultText: defaultText, unit: unit, meaning: meaning)
        self.absent = absent
        self.placeholder = placeholder
        self.decode = decode
    }

    /// The same key where it may be left out because something else then holds.
    public var optional: Parameter<Value?> {
        .optionalCustom(description.key, description.kind, unit: description.unit, description.meaning, decode: decode)
    }

    /// A parameter of a form of its own, with a default.
    public static func custom(
        _ key: String, _ kind: ParameterKind, default value: Value, defaultText: String?, unit: String? = nil,
        _ meaning: String, decode: @escaping @Sendable (JSONValue, inout ParameterFaults) -> Value?
    ) -> Parameter {
        Parameter(
            key, kind, absent: value, defaultText: defaultText, placeholder: value, unit: unit, meaning, decode: decode)
    }

    /// A parameter of a form of its own that must be given.
    public static func requiredCustom(
        _ key: String, _ kind: ParameterKind, placeholder: Value, unit: String? = nil, _ meaning: String,
        decode: @escaping @Sendable (JSONValue, inout ParameterFaults) -> Value?
    ) -> Parameter {
        Parameter(
            key, kind, absent: nil, defaultText: nil, placeholder: placeholder, unit: unit, meaning, decode: decode)
    }

    /// A parameter of a form of its own that may be left out.
    public static func optionalCustom<Wrapped: Sendable>(
        _ key: String, _ kind: ParameterKind, unit: String? = nil, _ meaning: String,
        decode: @escaping @Sendable (JSONValue, inout ParameterFaults) -> Wrapped?
    ) -> Parameter where Value == Wrapped? {
        Parameter(key, kind, absent: .some(nil), defaultText: nil, placeholder: nil, unit: unit, meaning) {
            value, faults in decode(value, &faults).map(Optional.some)
        }
    }
}
