import Dataflow
import Operations
import Specification

/// Chooses the folder of the outputs that follow by what an earlier step found.
///
/// - Labels: the folder of the decision's class. Boxes: that of the first class in `folders` of which there is a box.
/// - The folder is known when the network has run; until then outputs have no name, and everything still streams.
struct RouteStep: ImageOperation {
    private static let folders = Parameter<[(label: String, folder: String)]>.custom(
        "folders", .map(.template), default: [], defaultText: "{}",
        "the folder for each class, relative to the output folder; classes that are not named go to else"
    ) { json, _ in json.members?.map { ($0.key.text, $0.value.string ?? "") } }
    private static let otherwise = Parameter<String?>.optionalString(
        "else", as: .template, "the folder for everything else; by default the output folder itself")
    private static let threshold = Parameter.number(
        "threshold", in: 0...1, default: 0, "the least score that counts")

    static let step = StepDescription(
        name: "route",
        summary: "choose the folder of the outputs by what was found",
        parameters: [folders.description, otherwise.description, threshold.description],
        results: 0...0,
        notes: """
            Outputs of `encode` and `record` steps after this one go to the folder of the class that an earlier step
            found, below the output folder. Of several boxes, the first class in `folders` that was found decides. For a
            folder of each class, `{label}` in the `file` of an output is enough.
            """,
        examples: [
            #"{ "op": "route", "folders": { "cat": "cats", "dog": "dogs" }, "else": "others" }"#,
            #"{ "op": "route", "from": "kind", "folders": { "upright": "." }, "else": "turned", "threshold": 0.8 }"#,
        ])

    static let inputKinds: Set<ValueKind> = [.labels, .boxes]

    /// In the order of the document.
    let choices: [(label: String, folder: OutputTemplate)]
    let otherwise: OutputTemplate?
    let threshold: Double

    /// Whether the name of a folder holds what was found.
    var usesLabel: Bool { (choices.map(\.folder) + [otherwise].compactMap { $0 }).contains { $0.contains(.label) } }

    init(_ reader: inout ParameterReader) {
        let folders = reader.read(Self.folders)
        choices = folders.compactMap { label, folder in
            reader.folderTemplate(folder, at: "folders").map { (label, $0) }
        }
        otherwise = reader.read(Self.otherwise).flatMap { reader.folderTemplate($0, at: "else") }
        threshold = reader.read(Self.threshold)
        if folders.isEmpty, !reader.has("else") {
            reader.error(
                at: "op", rule: "missing-key", message: "route names no folder",
                hint: #"add "folders": { "cat": "cats" } or "else""#)
        }
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        guard let classes = inputs[0].classes, classes.count > 0 else { return [] }
        for choice in choices where classes.index(of: choice.label) == nil {
            throw OperationError(
                "unknown-class", "\(quoted(choice.label)) is none of the classes that are found",
                hint: nearest(choice.label, in: classes.names).map { "did you mean \(quoted($0))?" }
                    ?? "they are \(classes.names.prefix(20).joined(separator: ", "))",
                key: "folders")
        }
        return []
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        let classes = graph.classes(of: inputs[0])
        graph.add(
            RouteReader(
                format: graph.format(of: inputs[0]),
                isLabels: graph.format(of: inputs[0]).size.width == FindingTable.labelColumns,
                choices: choices.map { (classes.index(of: $0.label), $0.folder) }, otherwise: otherwise,
                threshold: threshold, key: context.stepKey),
            inputs)
        return []
    }
}

/// Reports the folder that a picture's findings lead to.
private struct RouteReader: FieldReader {
    let format: FieldFormat
    let isLabels: Bool
    let choices: [(classIndex: Int?, folder: OutputTemplate)]
    let otherwise: OutputTemplate?
    let threshold: Double
    let key: String
    var summary: String { "choose between \(choices.count + 1) folders" }

    func read(_ inputs: [RowWindow], context: RunContext) {
        var rows = FindingTable.rows(of: inputs[0], format)
        // Below the decision stand classes that were not chosen.
        if isLabels { rows = Array(rows.prefix(1)) }
        let found = Set(rows.filter { $0.classIndex >= 0 && $0.score >= threshold }.map(\.classIndex))
        let choice = choices.first { $0.classIndex.map(found.contains) ?? false }
        context.report(Routing(folder: choice?.folder ?? otherwise), key: key)
    }
}

/// The folder that the outputs of a picture go to.
struct Routing: Finding {
    /// nil for the output folder itself.
    let folder: OutputTemplate?

    var json: JSONNode { .object([("folder", folder.map { .string($0.text) } ?? .null)]) }
}

extension ParameterReader {
    /// A folder below the output folder; nil after a fault.
    fileprivate mutating func folderTemplate(_ text: String, at key: String) -> OutputTemplate? {
        do {
            return try OutputTemplate(folder: text)
        } catch {
            self.error(at: key, rule: "wrong-template", message: error.message, hint: error.hint)
            return nil
        }
    }
}
