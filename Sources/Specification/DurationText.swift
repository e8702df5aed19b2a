/// Times as people write them.
public enum DurationText {
    private static let nanosecondsPerUnit: [(name: String, nanoseconds: Double)] = [
        ("ms", 1e6), ("s", 1e9), ("min", 60e9), ("h", 3600e9),
    ]
    /// A hundred years; what is longer is a mistake.
    static let limitInSeconds = 100 * 365 * 86400

    /// Digits, with a fraction if need be, and a unit: `500ms`, `1.5s`, `2min`, `1h`. Nil for anything else.
    public static func parse(_ text: String) -> Duration? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(number.count).drop { $0 == " " }
        guard number.first?.isNumber == true, number.last?.isNumber == true, let value = Double(number) else {
            return nil
        }
        guard let known = nanosecondsPerUnit.first(where: { $0.name == unit }) else { return nil }
        return duration(value * known.nanoseconds)
    }

    /// The texts that `parse` may take, as JSON Schema says it.
    static let schemaPattern = "^[0-9]+(\\.[0-9]+)? *(ms|s|min|h)$"

    /// Seconds, or a text.
    static func parse(_ value: JSONValue) -> Duration? {
        if let seconds = value.number { return duration(seconds * 1e9) }
        return value.string.flatMap(parse)
    }

    private static func duration(_ nanoseconds: Double) -> Duration? {
        (0...Double(limitInSeconds) * 1e9).contains(nanoseconds) ? .nanoseconds(Int64(nanoseconds.rounded())) : nil
    }
}
