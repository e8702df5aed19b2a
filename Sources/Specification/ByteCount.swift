/// Numbers of bytes as people write them.
public enum ByteCount {
    private static let units: [(name: String, factor: Int)] = [
        ("B", 1), ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]

    /// Digits, with a fraction if need be, and a unit: `512MiB`, `1.5 GiB`, `2GB`, `4096`. Nil for anything else, for
    /// what does not fit into Int, and for parts of a byte.
    public static func parse(_ text: String) -> Int? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(number.count).drop { $0 == " " }
        guard number.first?.isNumber == true, number.last?.isNumber == true else { return nil }
        let factor: Int
        if unit.isEmpty {
            factor = 1
        } else if let known = units.first(where: { $0.name == unit }) {
            factor = known.factor
        } else {
            return nil
        }
        if let whole = Int(number) {
            let product = whole.multipliedReportingOverflow(by: factor)
            return product.overflow ? nil : product.partialValue
        }
        guard let value = Double(number) else { return nil }
        return Int(exactly: value * Double(factor))
    }

    /// The texts that `parse` may take, as JSON Schema says it.
    static let schemaPattern = "^[0-9]+(\\.[0-9]+)? *(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$"

    static func parse(_ value: JSONValue) -> Int? {
        if value.number != nil { return value.integer.flatMap { $0 >= 0 ? $0 : nil } }
        return value.string.flatMap(parse)
    }
}
