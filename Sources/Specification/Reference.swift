/// The reference of steps and documents, from the same tables that the parser reads.
public enum Reference {
    /// Markdown with a section for each step: what it does, its keys, notes, examples.
    public static func markdown(forSteps steps: [StepDescription]) -> String {
        steps.map(markdown).joined(separator: "\n")
    }

    /// Markdown with the keys of a document, and a section for each object inside it.
    public static func markdown(forObject table: [ParameterDescription], title: String) -> String {
        let sections = objects(in: table, path: "").map { path, keys in
            "### `\(path)`\n\n" + markdownTable(keys)
        }
        return (["## \(title)\n\n" + markdownTable(table)] + sections).joined(separator: "\n")
    }

    /// A step as plain text for a terminal.
    public static func text(for step: StepDescription) -> String {
        var text = "\(step.name)\n  \(step.summary)\n"
        text += plainTable(keys(of: step))
        for (path, keys) in objects(in: step.parameters, path: "") {
            text += "\n  keys of \(path):\n" + indented(plainTable(keys.map(Row.init)))
        }
        if !step.notes.isEmpty { text += "\n" + indented(step.notes) }
        for example in step.examples { text += "\n" + indented(example) }
        return text
    }

    /// Names and summaries of all steps, one line each.
    public static func overview(of steps: [StepDescription]) -> String {
        let width = steps.map(\.name.count).max() ?? 0
        return steps.map { step in
            "\(step.name)\(String(repeating: " ", count: width - step.name.count))  \(step.summary)\n"
        }.joined()
    }

    private struct Row {
        let key: String
        let type: String
        let isRequired: Bool
        let defaultText: String?
        let meaning: String

        init(_ description: ParameterDescription) {
            key = description.key
            type = description.kind.expectation(description.unit, wordLimit: Int.max)
            isRequired = description.isRequired
            defaultText = description.defaultText
            meaning = description.meaning
        }

        init(names key: String, count: ClosedRange<Int>, _ meaning: String) {
            self.key = key
            type =
                count.lowerBound > 1
                ? "a list of \(rangeText(count)) names" : "a name or a list of \(rangeText(count)) names"
            isRequired = false
            defaultText = nil
            self.meaning = meaning
        }
    }

    private static func keys(of step: StepDescription) -> [Row] {
        var rows = step.parameters.map(Row.init)
        if step.inputs.upperBound > 1 {
            rows.append(Row(names: "from", count: step.inputs, "The earlier results to read"))
        }
        if step.results.upperBound > 1 {
            rows.append(Row(names: "as", count: step.results, "The names of the results"))
        }
        return rows
    }

    private static func markdown(_ step: StepDescription) -> String {
        var text = "## `\(step.name)`\n\n\(step.summary.prefix(1).uppercased())\(step.summary.dropFirst()).\n"
        let rows = keys(of: step)
        if !rows.isEmpty { text += "\n" + markdownTable(rows) }
        for (path, keys) in objects(in: step.parameters, path: "") {
            text += "\nThe keys of `\(path)`:\n\n" + markdownTable(keys)
        }
        if !step.notes.isEmpty { text += "\n\(step.notes)\n" }
        for example in step.examples { text += "\n```json\n\(example)\n```\n" }
        return text
    }

    private static func markdownTable(_ table: [ParameterDescription]) -> String { markdownTable(table.map(Row.init)) }

    private static func markdownTable(_ rows: [Row]) -> String {
        let lines = rows.map { row in
            let value = row.isRequired ? "required" : row.defaultText.map { "`\($0)`" } ?? ""
            return "| `\(row.key)` | \(cell(row.type)) | \(cell(value)) | \(cell(row.meaning)) |\n"
        }
        return "| key | value | default | meaning |\n|---|---|---|---|\n" + lines.joined()
    }

    private static func plainTable(_ rows: [Row]) -> String {
        let width = rows.map(\.key.count).max() ?? 0
        let blank = String(repeating: " ", count: width)
        return rows.map { row in
            let padding = String(repeating: " ", count: width - row.key.count)
            let value = row.isRequired ? "required" : row.defaultText.map { "default \($0)" } ?? "optional"
            return "\n  \(row.key)\(padding)  \(row.meaning)\n  \(blank)  \(row.type); \(value)\n"
        }.joined()
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    private static func indented(_ text: String) -> String {
        let lines = (text.last == "\n" ? text.dropLast() : text[...]).split(
            separator: "\n", omittingEmptySubsequences: false)
        return lines.map { $0.isEmpty ? "\n" : "  \($0)\n" }.joined()
    }

    /// The tables of the objects inside a table, with the way to them: `limits`, `folders[]`.
    private static func objects(
        in table: [ParameterDescription], path: String
    ) -> [(path: String, keys: [ParameterDescription])] {
        table.flatMap { objects(in: $0.kind, path: path.isEmpty ? $0.key : "\(path).\($0.key)") }
    }

    private static func objects(
        in kind: ParameterKind, path: String
    ) -> [(path: String, keys: [ParameterDescription])] {
        switch kind {
        case .object(let table): [(path, table)] + objects(in: table, path: path)
        case .list(let element, _): objects(in: element, path: path + "[]")
        case .map(let element): objects(in: element, path: path + ".*")
        case .anyOf(let kinds): kinds.flatMap { objects(in: $0, path: path) }
        default: []
        }
    }
}
