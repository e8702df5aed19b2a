extension ParameterKind {
    /// Records everything that keeps a value from being of this kind.
    ///
    /// - `path`: keys and indices that lead to the value; messages begin with it: `kernel[1][2] is "a"; …`.
    func check(_ value: JSONValue, path: [String], unit: String? = nil, into faults: inout ParameterFaults) {
        if value.isInvalid { return }
        let subject = Self.subject(path)
        func mismatch(_ faults: inout ParameterFaults, rule: String = "wrong-type", hint: String? = nil) {
            faults.error(
                at: value.range, rule: rule, message: "\(subject) is \(value.summary); expected \(expectation(unit))",
                hint: hint, path: path)
        }
        func outOfRange(_ faults: inout ParameterFaults, _ allowed: String) {
            faults.error(
                at: value.range, rule: "out-of-range", message: "\(subject) is \(value.summary); \(allowed)", path: path
            )
        }
        func outOfRange(_ faults: inout ParameterFaults, _ allowed: ClosedRange<Int>, unit: String?, number: Double) {
            // A number that does not even fit into Int is beyond a range that is open at its end.
            let isTooLarge = allowed.upperBound == Int.max && number >= 0x1p63
            outOfRange(
                &faults, isTooLarge ? "that is too large" : "allowed are \(rangeText(allowed))\(Self.suffix(unit))")
        }
        switch self {
        case .boolean:
            if value.bool == nil { mismatch(&faults) }
        case .integer(let allowed):
            guard let number = value.number else { return mismatch(&faults, hint: Self.numberHint(value)) }
            guard number.rounded() == number else { return mismatch(&faults) }
            guard let integer = value.integer, allowed.contains(integer) else {
                return outOfRange(&faults, allowed, unit: unit, number: number)
            }
        case .number(let allowed):
            guard let number = value.number else { return mismatch(&faults, hint: Self.numberHint(value)) }
            if !allowed.contains(number) {
                outOfRange(&faults, "allowed are \(rangeText(allowed))\(Self.suffix(unit))")
            }
        case .glob:
            guard let text = value.string else { return mismatch(&faults) }
            do {
                _ = try Glob(text)
            } catch {
                faults.error(
                    at: value.range, rule: "malformed-pattern", message: "\(subject) is \(quoted(text)); \(error)",
                    hint: error.hint, path: path)
            }
        case .string, .path, .template, .valueName:
            checkText(value, subject: subject, path: path, mismatch: { mismatch(&$0) }, into: &faults)
        case .choice(let words):
            guard let word = value.string else { return mismatch(&faults) }
            if !words.contains(where: { isSameText($0, word) }) {
                faults.error(
                    at: value.range, rule: "unknown-choice",
                    message: "\(subject) is \(quoted(word)); allowed are \(quotedList(words))",
                    hint: nearest(word, in: words).map { "did you mean \(quoted($0))?" }, path: path)
            }
        case .byteCount(let allowed):
            guard value.number != nil || value.string != nil else { return mismatch(&faults) }
            guard let number = ByteCount.approximate(value), number.rounded() == number else {
                return mismatch(&faults, rule: "malformed-byte-count")
            }
            guard let count = ByteCount.parse(value), allowed.contains(count) else {
                return outOfRange(&faults, allowed, unit: "bytes", number: number)
            }
        case .duration:
            guard value.number != nil || value.string != nil else { return mismatch(&faults) }
            if DurationText.parse(value) == nil { mismatch(&faults, rule: "malformed-duration") }
        case .colour:
            guard let text = value.string else { return mismatch(&faults) }
            if Colour(text) == nil { mismatch(&faults, rule: "malformed-colour") }
        case .matrix(let maxRows, let maxColumns):
            checkMatrix(value, maxRows, maxColumns, path: path, mismatch: { mismatch(&$0) }, into: &faults)
        case .list(let element, let count):
            guard let values = value.array else { return mismatch(&faults) }
            if !count.contains(values.count) {
                faults.error(
                    at: value.range, rule: "wrong-count",
                    message: "\(subject) has \(values.count) values; allowed are \(rangeText(count))", path: path)
            }
            for (index, item) in values.enumerated() {
                element.check(item, path: path + [String(index)], unit: unit, into: &faults)
            }
        case .object(let descriptions):
            guard let members = value.members else { return mismatch(&faults) }
            let misspelt = Self.checkKeys(of: members, against: descriptions.map(\.key), path: path, into: &faults)
            for description in descriptions {
                if let item = value[description.key] {
                    description.check(item, path: path + [description.key], into: &faults)
                } else if description.isRequired, !misspelt.contains(description.key) {
                    Self.reportMissing(description, in: value, path: path, into: &faults)
                }
            }
        case .map(let kind):
            guard let members = value.members else { return mismatch(&faults) }
            for member in members {
                kind.check(member.value, path: path + [member.key.text], unit: unit, into: &faults)
            }
        case .anyOf(let kinds):
            checkAlternatives(kinds, value, path: path, unit: unit, mismatch: { mismatch(&$0) }, into: &faults)
        case .anyJSON:
            break
        }
    }

    /// A value that fits no alternative is judged by the one whose JSON type it has, so that a number out of range is
    /// told as such.
    private func checkAlternatives(
        _ kinds: [ParameterKind], _ value: JSONValue, path: [String], unit: String?,
        mismatch: (inout ParameterFaults) -> Void, into faults: inout ParameterFaults
    ) {
        var candidates: [[Diagnostic]] = []
        for kind in kinds {
            var trial = ParameterFaults(context: faults.context, pointer: faults.pointer)
            kind.check(value, path: path, unit: unit, into: &trial)
            if trial.errorCount == 0 { return }
            if kind.accepts(typeOf: value) { candidates.append(trial.diagnostics) }
        }
        if let word = value.string, let key = Self.key(word, of: kinds) {
            return faults.error(
                at: value.range, rule: "wrong-type",
                message: "\(Self.subject(path)) is \(quoted(word)) without its value",
                hint: "write { \(quoted(word)): … }, \(key.meaning): \(key.kind.expectation(key.unit))", path: path)
        }
        // What keeps it from fitting may be a fault that the reader of the document has told already.
        if value.containsInvalid { return candidates.first.map { faults.append($0) } ?? () }
        guard candidates.count == 1, let found = candidates.first else { return mismatch(&faults) }
        faults.append(found)
    }

    /// The key of this name in one of the objects that a value may be.
    private static func key(_ name: String, of kinds: [ParameterKind]) -> ParameterDescription? {
        for case .object(let descriptions) in kinds {
            if let found = descriptions.first(where: { $0.key == name }) { return found }
        }
        return nil
    }

    private func checkText(
        _ value: JSONValue, subject: String, path: [String], mismatch: (inout ParameterFaults) -> Void,
        into faults: inout ParameterFaults
    ) {
        guard let text = value.string else { return mismatch(&faults) }
        if case .string = self { return }
        if text.isEmpty {
            faults.error(at: value.range, rule: "empty-text", message: "\(subject) is empty", path: path)
        } else if text.utf8.contains(0) {
            faults.error(
                at: value.range, rule: "control-character", message: "\(subject) contains a NUL character", path: path)
        }
    }

    private func checkMatrix(
        _ value: JSONValue, _ maxRows: Int, _ maxColumns: Int, path: [String],
        mismatch: (inout ParameterFaults) -> Void, into faults: inout ParameterFaults
    ) {
        let subject = Self.subject(path)
        guard let rows = value.array else { return mismatch(&faults) }
        guard (1...maxRows).contains(rows.count) else {
            return faults.error(
                at: value.range, rule: "wrong-count",
                message: "\(subject) has \(rows.count) rows; allowed are \(rangeText(1...maxRows))", path: path)
        }
        if rows.allSatisfy({ $0.number != nil }) {
            return faults.error(
                at: value.range, rule: "wrong-type",
                message: "\(subject) is a list of numbers; expected a list of rows",
                hint: Self.matrixHint(rows.compactMap(\.numberText)), path: path)
        }
        var columns: Int?
        for (index, row) in rows.enumerated() {
            let rowPath = path + [String(index)]
            if row.isInvalid { continue }
            guard let entries = row.array else {
                faults.error(
                    at: row.range, rule: "wrong-type",
                    message: "\(Self.subject(rowPath)) is \(row.summary); expected a row, which is a list of numbers",
                    path: rowPath)
                continue
            }
            if let columns, entries.count != columns {
                faults.error(
                    at: row.range, rule: "ragged-matrix",
                    message:
                        "row \(index + 1) of \(subject) has \(entries.count) numbers; the rows before have \(columns)",
                    hint: "all rows of a matrix have the same length", path: rowPath)
            } else if columns == nil {
                columns = entries.count
                if !(1...maxColumns).contains(entries.count) {
                    faults.error(
                        at: row.range, rule: "wrong-count",
                        message:
                            "\(subject) has \(entries.count) columns; allowed are \(rangeText(1...maxColumns))",
                        path: rowPath)
                }
            }
            for (column, entry) in entries.enumerated() where entry.number == nil && !entry.isInvalid {
                let entryPath = rowPath + [String(column)]
                faults.error(
                    at: entry.range, rule: "wrong-type",
                    message: "\(Self.subject(entryPath)) is \(entry.summary); expected a number",
                    hint: Self.numberHint(entry), path: entryPath)
            }
        }
    }

    /// Whether the value is at least written in the way of this kind.
    private func accepts(typeOf value: JSONValue) -> Bool {
        switch self {
        case .boolean: value.bool != nil
        case .integer, .number: value.number != nil
        case .byteCount, .duration: value.number != nil || value.string != nil
        case .string, .choice, .colour, .valueName, .template, .path, .glob: value.string != nil
        case .matrix, .list: value.array != nil
        case .object, .map: value.members != nil
        case .anyOf(let kinds): kinds.contains { $0.accepts(typeOf: value) }
        case .anyJSON: true
        }
    }

    /// Records the keys that are in no table, and returns what they were probably meant to be.
    static func checkKeys(
        of members: [JSONMember], against known: [String], envelope: [String] = [], path: [String],
        into faults: inout ParameterFaults
    ) -> [String] {
        let candidates = known + envelope
        var misspelt: [String] = []
        for member in members where !member.key.text.hasPrefix("x-") {
            let key = member.key.text
            guard !candidates.contains(where: { isSameText($0, key) }) else { continue }
            // Keys of their own may be many in a document made to harm; a hint for each would take its time.
            guard faults.diagnostics.count < Diagnostics.limit else { break }
            let meant = nearest(key, in: candidates)
            if let meant { misspelt.append(meant) }
            let place = path.isEmpty ? "" : " in \(subject(path))"
            faults.error(
                at: member.key.range, rule: "unknown-key", message: "unknown key \(quoted(key))\(place)",
                hint: meant.map { "did you mean \(quoted($0))?" }
                    ?? (known.isEmpty ? "no keys are allowed here" : "allowed are \(quotedList(known))"),
                path: path + [key])
        }
        return misspelt
    }

    static func reportMissing(
        _ description: ParameterDescription, in object: JSONValue, path: [String], into faults: inout ParameterFaults
    ) {
        let place = path.isEmpty ? "" : " in \(subject(path))"
        faults.error(
            at: object.range.lowerBound..<object.range.lowerBound + 1, rule: "missing-key",
            message: "the key \(quoted(description.key)) is missing\(place)",
            hint: "\(description.meaning); \(description.kind.expectation(description.unit))", path: path)
    }

    /// `["kernel", "1", "2"]` as `kernel[1][2]`.
    static func subject(_ path: [String]) -> String {
        guard let first = path.first else { return "the value" }
        return path.dropFirst().reduce(printable(first)) { text, part in
            Int(part) != nil ? "\(text)[\(part)]" : "\(text).\(printable(part))"
        }
    }

    private static func numberHint(_ value: JSONValue) -> String? {
        guard let text = value.string, let number = Double(text), number.isFinite,
            text.utf8.allSatisfy({ "0123456789.-e".utf8.contains($0) })
        else { return nil }
        return "numbers stand without quotation marks: \(text)"
    }

    /// How a list of numbers is written as a matrix: a square one where the count allows it.
    private static func matrixHint(_ numbers: [String]) -> String {
        guard let side = [3, 5, 7].first(where: { $0 * $0 == numbers.count }) else {
            return "one row is written with two brackets: [[1, 2, 1]]"
        }
        let rows = (0..<side).map { "[\(numbers[$0 * side..<($0 + 1) * side].joined(separator: ", "))]" }
        return "write each row as a list of its own: [\(rows.joined(separator: ", "))]"
    }

    static func suffix(_ unit: String?) -> String { unit.map { " \($0)" } ?? "" }
}

extension ParameterDescription {
    /// What helps where a value is wrong and no better advice is known: what the key is for.
    ///
    /// - `isNested`: it is a key of an object inside a value, of which one may be needed all the same.
    func hint(isNested: Bool) -> String {
        let value =
            isRequired
            ? "" : defaultText.map { "; \($0) where it is left out" } ?? (isNested ? "" : "; it may be left out")
        return "\(printable(key)): \(meaning)\(value)"
    }

    /// Records everything that is wrong with a value, each fault with a hint.
    func check(_ value: JSONValue, path: [String], into faults: inout ParameterFaults) {
        let known = faults.diagnostics.count
        kind.check(value, path: path, unit: unit, into: &faults)
        faults.addHint(hint(isNested: path.count > 1), from: known)
    }
}

extension ParameterFaults {
    /// Gives a hint to those faults from an index on that have none.
    mutating func addHint(_ hint: String, from start: Int) {
        for index in start..<diagnostics.count where diagnostics[index].hint == nil { diagnostics[index].hint = hint }
    }
}

extension ParameterFaults {
    mutating func append(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics {
            errorCount += diagnostic.severity == .error ? 1 : 0
            if self.diagnostics.count < Diagnostics.limit { self.diagnostics.append(diagnostic) }
        }
    }
}
