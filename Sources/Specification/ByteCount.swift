/// Numbers of bytes as people write them.
public enum ByteCount {
    private static let units: [(name: String, factor: Int)] = [
        ("", 1), ("B", 1), ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]

    /// Digits, with a fraction if need be, and a unit: `512MiB`, `1.5 GiB`, `2GB`, `4096`. Nil for anything else, for
    /// what does not fit into Int, and for parts of a byte.
    public static func parse(_ text: String) -> Int? {
        guard let (number, factor) = split(text) else { return nil }
        if let whole = Int(number) {
            let product = whole.multipliedReportingOverflow(by: factor)
            return product.overflow ? nil : product.partialValue
        }
        return Double(number).flatMap { Int(exactly: $0 * Double(factor)) }
    }

    /// A whole number, or a text.
    static func parse(_ value: JSONValue) -> Int? {
        value.number != nil ? value.integer : value.string.flatMap(parse)
    }

    /// The number that is meant, also where it is no whole one or fits no Int; nil for a text of another form.
    static func approximate(_ value: JSONValue) -> Double? {
        if let number = value.number { return number }
        guard let (number, factor) = value.string.flatMap(split) else { return nil }
        return Double(number).map { $0 * Double(factor) }
    }

    private static func split(_ text: String) -> (number: Substring, factor: Int)? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(number.count).drop { $0 == " " }
        guard number.first?.isNumber == true, number.last?.isNumber == true else { return nil }
        return units.first { $0.name == unit }.map { (number, $0.factor) }
    }

    /// The texts that `parse` may take, as JSON Schema says it.
    static let schemaPattern = "^[0-9]+(\\.[0-9]+)? *(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$"
}
