extension Parameter where Value == Int {
    public static func integer(
        _ key: String, in range: ClosedRange<Int> = Int.min...Int.max, default value: Int, unit: String? = nil,
        _ meaning: String
    ) -> Parameter {
        custom(key, .integer(range), default: value, defaultText: String(value), unit: unit, meaning) { json, _ in
            json.integer
        }
    }

    public static func requiredInteger(
        _ key: String, in range: ClosedRange<Int> = Int.min...Int.max, unit: String? = nil, _ meaning: String
    ) -> Parameter {
        requiredCustom(
            key, .integer(range), placeholder: range.contains(1) ? 1 : range.lowerBound, unit: unit, meaning
        ) { json, _ in json.integer }
    }

    public static func byteCount(
        _ key: String, in range: ClosedRange<Int> = 0...Int.max, default value: Int, defaultText: String? = nil,
        _ meaning: String
    ) -> Parameter {
        custom(key, .byteCount(range), default: value, defaultText: defaultText ?? String(value), meaning) { json, _ in
            ByteCount.parse(json)
        }
    }

    public static func requiredByteCount(
        _ key: String, in range: ClosedRange<Int> = 0...Int.max, _ meaning: String
    ) -> Parameter {
        requiredCustom(key, .byteCount(range), placeholder: range.lowerBound, meaning) { json, _ in
            ByteCount.parse(json)
        }
    }
}

extension Parameter where Value == Int? {
    public static func optionalInteger(
        _ key: String, in range: ClosedRange<Int> = Int.min...Int.max, unit: String? = nil, _ meaning: String
    ) -> Parameter {
        optionalCustom(key, .integer(range), unit: unit, meaning) { json, _ in json.integer }
    }

    public static func optionalByteCount(
        _ key: String, in range: ClosedRange<Int> = 0...Int.max, _ meaning: String
    ) -> Parameter {
        optionalCustom(key, .byteCount(range), meaning) { json, _ in ByteCount.parse(json) }
    }
}

/// Any finite number.
public let anyFinite = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
/// Any finite number above zero.
public let anyPositive = Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude

extension Parameter where Value == Double {
    public static func number(
        _ key: String, in range: ClosedRange<Double> = anyFinite, default value: Double, unit: String? = nil,
        _ meaning: String
    ) -> Parameter {
        custom(key, .number(range), default: value, defaultText: numberText(value), unit: unit, meaning) { json, _ in
            json.number
        }
    }

    public static func requiredNumber(
        _ key: String, in range: ClosedRange<Double> = anyFinite, unit: String? = nil, _ meaning: String
    ) -> Parameter {
        requiredCustom(
            key, .number(range), placeholder: range.contains(1) ? 1 : range.lowerBound, unit: unit, meaning
        ) { json, _ in json.number }
    }
}

extension Parameter where Value == Double? {
    public static func optionalNumber(
        _ key: String, in range: ClosedRange<Double> = anyFinite, unit: String? = nil, _ meaning: String
    ) -> Parameter {
        optionalCustom(key, .number(range), unit: unit, meaning) { json, _ in json.number }
    }
}

extension Parameter where Value == Duration {
    /// - `defaultText`: the default as JSON, such as `"500ms"` with its quotation marks.
    public static func duration(
        _ key: String, default value: Duration, defaultText: String, _ meaning: String
    ) -> Parameter {
        custom(key, .duration, default: value, defaultText: defaultText, meaning) { json, _ in
            DurationText.parse(json)
        }
    }
}

extension Parameter where Value == Duration? {
    public static func optionalDuration(_ key: String, _ meaning: String) -> Parameter {
        optionalCustom(key, .duration, meaning) { json, _ in DurationText.parse(json) }
    }
}

extension Parameter where Value == [[Double]] {
    /// A matrix as a list of rows; all rows have the same length, which is at least 1.
    public static func requiredMatrix(
        _ key: String, maxRows: Int, maxColumns: Int, _ meaning: String
    ) -> Parameter {
        requiredCustom(key, .matrix(maxRows: maxRows, maxColumns: maxColumns), placeholder: [[1]], meaning) {
            json, _ in json.matrix
        }
    }
}

extension Parameter where Value == [[Double]]? {
    /// A matrix as a list of rows; all rows have the same length, which is at least 1.
    public static func optionalMatrix(
        _ key: String, maxRows: Int, maxColumns: Int, _ meaning: String
    ) -> Parameter {
        optionalCustom(key, .matrix(maxRows: maxRows, maxColumns: maxColumns), meaning) { json, _ in json.matrix }
    }
}

extension JSONValue {
    /// The rows of a matrix of numbers; nil where anything in it is none.
    public var matrix: [[Double]]? {
        guard let rows = array else { return nil }
        var result: [[Double]] = []
        for row in rows {
            guard let entries = row.array else { return nil }
            let numbers = entries.compactMap(\.number)
            guard numbers.count == entries.count else { return nil }
            result.append(numbers)
        }
        return result
    }
}
