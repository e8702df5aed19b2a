extension Diagnostics {
    /// The diagnostics for programs: a list of objects with `file`, `line`, `column`, `endLine`, `endColumn`, `offset`,
    /// `length`, `severity`, `rule`, `message`, `pointer`, and, where there is one, `step` and `hint`. Lines and columns
    /// are counted from 1, columns in code points, and the end is the first place behind; offset and length are bytes.
    public func renderJSON() -> String { Self.renderJSON([self]) }

    /// The diagnostics of several documents as one list.
    public static func renderJSON(_ documents: [Diagnostics]) -> String {
        let nodes = documents.flatMap { document in document.all.map { document.node($0) } }
        return JSONWriter.text(.array(nodes), style: .pretty) + "\n"
    }

    private func node(_ diagnostic: Diagnostic) -> JSONNode {
        let start = source.position(at: diagnostic.range.lowerBound)
        let end = source.position(at: diagnostic.range.upperBound)
        return .object(compacting: [
            ("file", .string(source.file)),
            ("line", .integer(start.line)),
            ("column", .integer(start.column)),
            ("endLine", .integer(end.line)),
            ("endColumn", .integer(end.column)),
            ("offset", .integer(diagnostic.range.lowerBound)),
            ("length", .integer(diagnostic.range.count)),
            ("severity", .string(diagnostic.severity.rawValue)),
            ("rule", .string(diagnostic.rule)),
            ("message", .string(diagnostic.message)),
            ("step", diagnostic.context.map(JSONNode.string)),
            ("hint", diagnostic.hint.map(JSONNode.string)),
            ("pointer", .string(diagnostic.pointer)),
        ])
    }
}
