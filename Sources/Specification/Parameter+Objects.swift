extension Parameter {
    /// An object with a table of its own.
    ///
    /// - `absent`: the value when the key is left out; nil makes the key required.
    /// - `read`: reads the keys of the object; its second argument is the object itself.
    public static func object(
        _ key: String, _ table: [ParameterDescription], defaultText: String? = nil, absent: Value?, placeholder: Value,
        _ meaning: String, read: @escaping @Sendable (inout ParameterReader, JSONValue) -> Value
    ) -> Parameter {
        Parameter(key, .object(table), absent: absent, defaultText: defaultText, placeholder: placeholder, meaning) {
            value, faults in
            faults.readObject(value, of: table, at: [key]) { read(&$0, value) }
        }
    }
}

extension Parameter where Value == PathBytes {
    /// A path that must be given. It is taken as it is written: `~` and variables are not replaced.
    public static func path(_ key: String, _ meaning: String) -> Parameter {
        requiredCustom(key, .path, placeholder: PathBytes("."), meaning) { json, faults in
            json.path(key, into: &faults)
        }
    }

    public static func path(_ key: String, default value: String, _ meaning: String) -> Parameter {
        custom(key, .path, default: PathBytes(value), defaultText: JSONWriter.quoted(value), meaning) { json, faults in
            json.path(key, into: &faults)
        }
    }
}

extension JSONValue {
    fileprivate func path(_ key: String, into faults: inout ParameterFaults) -> PathBytes? {
        guard let string else { return nil }
        if string == "~" || string.hasPrefix("~/") || string.hasPrefix("$") {
            faults.error(
                at: range, rule: "unexpanded-path",
                message: "\(key) is \(quoted(string)); ~ and variables are not replaced here",
                hint: "write the whole path; a name that really begins so is written \(quoted("./" + string))",
                path: [key])
            return nil
        }
        return PathBytes(string)
    }
}
