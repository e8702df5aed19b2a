extension ParameterKind {
    /// What is expected, after "expected": `a whole number, 1...64 pixels`.
    ///
    /// - `wordLimit`: of more words to choose from, only so many are named.
    func expectation(_ unit: String? = nil, wordLimit: Int = 16) -> String {
        let suffix = Self.suffix(unit)
        switch self {
        case .boolean: return "true or false"
        case .integer(let range):
            return range == Int.min...Int.max
                ? "a whole number\(unit.map { " of \($0)" } ?? "")" : "a whole number, \(rangeText(range))\(suffix)"
        case .number(let range):
            let text = rangeText(range)
            return text == anyNumberText
                ? "a number\(unit.map { " of \($0)" } ?? "")" : "a number, \(text)\(suffix)"
        case .string: return "a text"
        case .choice(let words):
            return words.count == 1 ? quoted(words[0]) : "one of \(quotedList(words, limit: wordLimit))"
        case .byteCount(let range):
            let least = range.lowerBound > 1 ? ", at least \(range.lowerBound)" : ""
            return "a number of bytes such as 1048576, \"512MiB\" or \"2GiB\"\(least)"
        case .duration: return "a time such as 2 (seconds), \"500ms\" or \"1.5s\""
        case .colour: return "a colour such as \"#ff8000\""
        case .matrix(let rows, let columns):
            return "a matrix of at most \(rows)×\(columns) numbers, as a list of rows"
        case .list(let kind, let count):
            let range = rangeText(count)
            return "a list of \(count == 0...Int.max ? "" : "\(range) ")\(kind.plural(wordLimit))"
        case .object(let descriptions):
            return descriptions.count <= 4
                ? "an object with \(quotedList(descriptions.map(\.key)))" : "an object"
        case .map(let kind): return "an object whose values are \(kind.plural(wordLimit))"
        case .anyOf(let kinds):
            let words = kinds.map { $0.expectation(unit, wordLimit: wordLimit) }
            guard words.count > 1 else { return words.first ?? "nothing" }
            return words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
        case .valueName: return "the name of an earlier result"
        case .template: return "a file name such as \"{stem}.png\""
        case .path: return "a path"
        case .glob: return "a pattern such as \"*.png\""
        case .anyJSON: return "any JSON"
        }
    }

    /// What several are called, after "a list of".
    private func plural(_ wordLimit: Int) -> String {
        switch self {
        case .boolean: "true or false"
        case .integer: "whole numbers"
        case .number: "numbers"
        case .string: "texts"
        case .choice(let words): "words out of \(quotedList(words, limit: wordLimit))"
        case .byteCount: "numbers of bytes"
        case .duration: "times"
        case .colour: "colours"
        case .matrix: "matrices"
        case .list: "lists"
        case .object, .map: "objects"
        case .anyOf, .anyJSON: "values"
        case .valueName: "names of earlier results"
        case .template: "file names"
        case .path: "paths"
        case .glob: "patterns"
        }
    }
}

let anyNumberText = "any number"

/// `1...64`, `at least 1`, `at most 64`.
func rangeText(_ range: ClosedRange<Int>) -> String {
    switch (range.lowerBound, range.upperBound) {
    case (Int.min, Int.max): anyNumberText
    case (let low, Int.max): "at least \(low)"
    case (Int.min, let high): "at most \(high)"
    case (let low, let high): low == high ? "\(low)" : "\(low)...\(high)"
    }
}

/// `0.5...3`, `more than 0`, `at least 1`, `at most 64`.
func rangeText(_ range: ClosedRange<Double>) -> String {
    let bounds = NumberBounds(range)
    let low = bounds.isAboveZero ? "more than 0" : bounds.lower.map { "at least \(numberText($0))" }
    guard let upper = bounds.upper else { return low ?? anyNumberText }
    if bounds.isAboveZero { return "more than 0 and at most \(numberText(upper))" }
    guard let lower = bounds.lower else { return "at most \(numberText(upper))" }
    return lower == upper ? numberText(lower) : "\(numberText(lower))...\(numberText(upper))"
}

/// A range of numbers as it is told: which bounds it has.
struct NumberBounds {
    let isAboveZero: Bool
    /// Nil where the range is open, or above zero.
    let lower: Double?
    let upper: Double?

    init(_ range: ClosedRange<Double>) {
        isAboveZero = range.lowerBound == Double.leastNonzeroMagnitude
        lower = isAboveZero || range.lowerBound <= -Double.greatestFiniteMagnitude ? nil : range.lowerBound
        upper = range.upperBound >= Double.greatestFiniteMagnitude ? nil : range.upperBound
    }
}

/// The shortest decimal text that reads back as the same number, and without `.0` behind whole ones: `1`, `0.1`, `1e-05`.
public func numberText(_ value: Double) -> String {
    if let integer = Int(exactly: value), abs(value) <= 1e15, value.sign == .plus || value != 0 {
        return String(integer)
    }
    return "\(value)"
}
