/// JSON Schema (draft 2020-12) from the same tables that the parser reads.
///
/// Everything a schema can say is said: types, ranges, words, counts, defaults, descriptions, which keys there are.
/// What it cannot say (rows of equal length, names that exist, several keys together) only the program's own check says.
public enum JSONSchema {
    static let dialect = "https://json-schema.org/draft/2020-12/schema"

    /// The schema of pipelines made of these steps.
    ///
    /// - `document`: the keys around the steps; the kind of its key `steps` is replaced.
    public static func schema(
        forPipelineSteps steps: [StepDescription], document: [ParameterDescription] = PipelineDocument.table,
        title: String = "Svertka pipeline"
    ) -> JSONNode {
        let item: JSONNode = [
            "type": "object",
            "required": ["op"],
            "properties": [
                "op": [
                    "description": "What the step does",
                    "enum": .array(steps.map { .string($0.name) }),
                    "enumDescriptions": .array(steps.map { .string($0.summary) }),
                ]
            ],
            "allOf": .array(
                steps.map { step in
                    [
                        "if": ["required": ["op"], "properties": ["op": ["const": .string(step.name)]]],
                        "then": ["$ref": .string("#/$defs/\(step.name)")],
                    ]
                }),
            "defaultSnippets": .array(
                steps.compactMap { step in
                    step.examples.first.flatMap(node).map { body in
                        ["label": .string(step.name), "description": .string(step.summary), "body": body]
                    }
                }),
        ]
        let root = object(document) { description in
            guard description.key == "steps" else { return nil }
            return ["description": .string(description.meaning), "type": "array", "minItems": 1, "items": item]
        }
        return .object(
            [("$schema", .string(dialect)), ("title", .string(title))] + root
                + [("$defs", .object(steps.map { ($0.name, .object(self.step($0))) }))])
    }

    /// The schema of a document that is one object.
    public static func schema(forObject table: [ParameterDescription], title: String) -> JSONNode {
        .object([("$schema", .string(dialect)), ("title", .string(title))] + object(table))
    }

    private static func step(_ step: StepDescription) -> [(key: String, value: JSONNode)] {
        var envelope: [(key: String, value: JSONNode)] = [("op", ["const": .string(step.name)])]
        if step.inputs.upperBound > 0 {
            envelope.append(
                ("from", names(step.inputs, "The earlier results to read; by default the result of the step before")))
        }
        if step.results.upperBound > 0 {
            envelope.append(("as", names(step.results, "The name of the result")))
        }
        return [("description", .string(step.summary))] + object(step.parameters, envelope: envelope)
    }

    private static func names(_ count: ClosedRange<Int>, _ meaning: String) -> JSONNode {
        // A step that reads none or one need not say which.
        let kind = ParameterKind.oneOrList(of: .valueName, count: max(1, count.lowerBound)...count.upperBound)
        return .object([("description", .string(meaning))] + keywords(kind))
    }

    private static func object(
        _ table: [ParameterDescription], envelope: [(key: String, value: JSONNode)] = [],
        replacing replacement: (ParameterDescription) -> JSONNode? = { _ in nil }
    ) -> [(key: String, value: JSONNode)] {
        let required = (envelope.isEmpty ? [] : ["op"]) + table.filter(\.isRequired).map(\.key)
        let properties = envelope + table.map { ($0.key, replacement($0) ?? property($0)) }
        var members: [(key: String, value: JSONNode)] = [("type", "object")]
        if !required.isEmpty { members.append(("required", .array(required.map(JSONNode.string)))) }
        members += [
            ("properties", .object(properties)),
            ("patternProperties", ["^x-": true]),
            ("additionalProperties", false),
        ]
        return members
    }

    private static func property(_ description: ParameterDescription) -> JSONNode {
        let unit = description.unit.map { " (\($0))" } ?? ""
        var members: [(key: String, value: JSONNode)] = [("description", .string(description.meaning + unit))]
        members += keywords(description.kind)
        if let value = description.defaultText.flatMap(node) { members.append(("default", value)) }
        return .object(members)
    }

    private static func keywords(_ kind: ParameterKind) -> [(key: String, value: JSONNode)] {
        switch kind {
        case .boolean: return [("type", "boolean")]
        case .integer(let range): return [("type", "integer")] + bounds(range)
        case .number(let range):
            let bounds = NumberBounds(range)
            var members: [(key: String, value: JSONNode)] = [("type", "number")]
            if bounds.isAboveZero { members.append(("exclusiveMinimum", 0)) }
            if let lower = bounds.lower { members.append(("minimum", .number(lower))) }
            if let upper = bounds.upper { members.append(("maximum", .number(upper))) }
            return members
        case .string: return [("type", "string")]
        case .choice(let words): return [("enum", .array(words.map(JSONNode.string)))]
        case .byteCount(let range):
            return anyOf([
                [("type", "integer")] + bounds(max(0, range.lowerBound)...range.upperBound),
                [("type", "string"), ("pattern", .string(ByteCount.schemaPattern))],
            ])
        case .duration:
            return anyOf([
                [("type", "number"), ("minimum", 0), ("maximum", .integer(DurationText.limitInSeconds))],
                [("type", "string"), ("pattern", .string(DurationText.schemaPattern))],
            ])
        case .colour: return [("type", "string"), ("pattern", "^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$")]
        case .matrix(let rows, let columns):
            return list(1...rows, of: list(1...columns, of: [("type", "number")]))
        case .list(let element, let count): return list(count, of: keywords(element))
        case .object(let table): return object(table)
        case .map(let element): return [("type", "object"), ("additionalProperties", .object(keywords(element)))]
        case .anyOf(let kinds): return anyOf(kinds.map(keywords))
        case .valueName, .template, .path, .glob: return [("type", "string"), ("minLength", 1)]
        case .anyJSON: return []
        }
    }

    private static func bounds(_ range: ClosedRange<Int>) -> [(key: String, value: JSONNode)] {
        var members: [(key: String, value: JSONNode)] = []
        if range.lowerBound != Int.min { members.append(("minimum", .integer(range.lowerBound))) }
        if range.upperBound != Int.max { members.append(("maximum", .integer(range.upperBound))) }
        return members
    }

    private static func list(
        _ count: ClosedRange<Int>, of element: [(key: String, value: JSONNode)]
    ) -> [(key: String, value: JSONNode)] {
        var members: [(key: String, value: JSONNode)] = [("type", "array"), ("items", .object(element))]
        if count.lowerBound > 0 { members.append(("minItems", .integer(count.lowerBound))) }
        if count.upperBound != Int.max { members.append(("maxItems", .integer(count.upperBound))) }
        return members
    }

    private static func anyOf(
        _ alternatives: [[(key: String, value: JSONNode)]]
    ) -> [(key: String, value: JSONNode)] {
        [("anyOf", .array(alternatives.map(JSONNode.object)))]
    }

    /// JSON text out of a table as a node; nil where it is none, which a test of the tables tells.
    private static func node(_ text: String) -> JSONNode? {
        let source = SourceText(file: "", text: text)
        var diagnostics = Diagnostics(source: source)
        guard let value = JSONReader.read(source, into: &diagnostics), diagnostics.isEmpty else { return nil }
        return JSONNode(value)
    }
}
