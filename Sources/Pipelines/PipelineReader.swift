import Networks
import Operations
import Raster
import Specification

/// Reads a pipeline document: every fault is recorded with its place.
public enum PipelineReader {
    /// The pipeline in `source`; nil when `diagnostics` has errors.
    ///
    /// - `networks`: where networks that several pipelines use are loaded once. Their cards are looked for from the
    ///   folder of the document.
    public static func read(
        _ source: SourceText, networks: NetworkStore = NetworkStore(), into diagnostics: inout Diagnostics
    ) -> Pipeline? {
        guard let document = JSONReader.read(source, into: &diagnostics) else { return nil }
        var reader = ParameterReader(object: document, of: PipelineDocument.table)
        _ = reader.read(PipelineDocument.schemaReference)
        _ = reader.read(PipelineDocument.version)
        _ = reader.read(PipelineDocument.description)
        let name = reader.read(PipelineDocument.name)
        _ = reader.read(PipelineDocument.space)
        let steps = reader.read(PipelineDocument.steps)
        reader.finish(into: &diagnostics)
        var builder = PipelineBuilder(
            networks: NetworkLoader(networks, folder: PathBytes(source.file).folder), document: steps,
            inherited: PipelineDocument.inherited(document))
        for (index, step) in steps.enumerated() {
            builder.add(step, number: index + 1, into: &diagnostics)
        }
        if !steps.isEmpty { builder.checkWhole(document, into: &diagnostics) }
        guard !diagnostics.hasErrors else { return nil }
        return Pipeline(
            name: name ?? source.file, file: source.file, source: source.bytes, steps: builder.steps,
            types: builder.types, networks: builder.networks)
    }
}

/// Turns step objects into steps: finds out which value each of them reads.
private struct PipelineBuilder {
    let networks: NetworkLoader
    /// What the document says for all steps.
    private let inherited: [String: JSONValue]
    var steps: [Pipeline.Step] = []
    /// The type of each value.
    var types: [ValueType] = []
    private var names: [String: Int] = [:]
    /// The latest value of each kind, which a step without `from` reads.
    private var latest: [ValueKind: Int] = [:]
    /// Values of steps that could not be read: nothing is known of their types.
    private var unknown: Set<Int> = []
    private var uses = ValueUses()
    private var outputs = OutputNames()
    private var lostOrientation = LostOrientation()
    /// The latest step that finds something with a label, and the latest that chooses a folder.
    private var labelStep: String?
    private var routeStep: String?
    private var routeUsesLabel = false
    /// A step that could not be read: what follows from its absence is not told.
    private var isIncomplete = false
    /// A step that might have given any name.
    private var hasLostNames = false

    /// The number of the step that gives a name first, whether or not the steps before it can be read.
    private let definitions: [String: Int]

    init(networks: NetworkLoader, document: [JSONValue], inherited: [String: JSONValue]) {
        self.networks = networks
        self.inherited = inherited
        let names = document.enumerated().flatMap { index, step in
            (step["as"]?.oneOrListOfStrings ?? []).map { ($0, index + 1) }
        }
        definitions = Dictionary(names, uniquingKeysWith: min)
    }

    mutating func add(_ object: JSONValue, number: Int, into diagnostics: inout Diagnostics) {
        let pointer = "/steps/\(number - 1)"
        guard object.members != nil else {
            isIncomplete = true
            hasLostNames = true
            diagnostics.error(
                at: object.range, rule: "wrong-type",
                message: "step \(number) is \(object.summary); expected an object",
                hint: #"write { "op": … }"#, pointer: pointer)
            return
        }
        guard let opValue = object["op"], let op = opValue.string else {
            addPlaceholder(object)
            let at = object["op"]?.range ?? object.range.lowerBound..<object.range.lowerBound + 1
            diagnostics.error(
                at: at, rule: "missing-key", message: "step \(number) has no op", hint: #"write "op": "convolve""#,
                pointer: pointer)
            return
        }
        let known = StepRegistry.descriptions.map(\.name)
        guard let description = StepRegistry.descriptions.first(where: { $0.name == op }) else {
            addPlaceholder(object)
            diagnostics.error(
                at: opValue.range, rule: "unknown-op", message: "step \(number): there is no op \"\(op)\"",
                hint: FamiliarWords.step(for: op).map { "write \($0)" }
                    ?? nearest(op, in: known).map { "did you mean \"\($0)\"?" }
                    ?? "there are \(known.joined(separator: ", "))",
                pointer: pointer + "/op")
            return
        }
        let context = "step \(number) (\(op))"
        var reader = ParameterReader(
            object: object, of: description, context: context, pointer: pointer, inherited: inherited)
        let action = StepRegistry.action(op, &reader, networks)
        let inputs = inputs(description, action, &reader)
        if number == 1, op != "decode" {
            reader.error(
                at: "op", rule: "decode-first", message: "the first step is decode",
                hint: #"put { "op": "decode" } before it"#)
        } else if number > 1, op == "decode" {
            reader.error(
                at: "op", rule: "decode-first", message: "decode is the first step and the only one of its kind",
                hint: "take it out")
        }
        let resultTypes = resultTypes(action, inputs, &reader)
        let results = name(resultTypes, of: action, description, &reader)
        let isClassMap = inputs?.first.map { types[$0].kind == .classMap } ?? false
        outputs.check(action, isClassMap: isClassMap, context, &reader)
        lostOrientation.check(action, inputs: inputs ?? [], results: results, isClassMap: isClassMap, &reader)
        uses.note(
            results, of: action, context: context, pointer: pointer, op: opValue.range, names: reader.names("as"))
        var step = Pipeline.Step(
            number: number, op: op, action: action, inputs: inputs ?? [], results: results,
            names: reader.names("as").map(\.text))
        step.naming = naming(action, &reader)
        if case .operation(let operation) = action, let route = operation as? RouteStep {
            (routeStep, routeUsesLabel) = (step.label, route.usesLabel)
        }
        if results.contains(where: { types[$0].kind != .picture }) { labelStep = step.label }
        if reader.hasErrors {
            isIncomplete = true
            unknown.formUnion(results)
        }
        reader.finish(into: &diagnostics)
        steps.append(step)
    }

    /// Stands for a step that could not be read, so that what it would have given is there to be read.
    private mutating func addPlaceholder(_ object: JSONValue) {
        isIncomplete = true
        unknown.insert(types.count)
        latest[.picture] = types.count
        for name in object["as"]?.oneOrListOfStrings ?? [] { names[name] = types.count }
        types.append(ValueType())
    }

    /// The values that a step reads; nil where a name is unknown or missing.
    private mutating func inputs(
        _ description: StepDescription, _ action: Pipeline.Action, _ reader: inout ParameterReader
    ) -> [Int]? {
        var result: [Int] = []
        if reader.isFaulty("from") { return nil }
        let kinds: Set<ValueKind> =
            switch action {
            case .operation(let operation): type(of: operation).inputKinds
            case .encode: [.picture, .classMap]
            case .decode, .record: [.picture]
            }
        let from = reader.names("from")
        if description.inputs.upperBound == 0 {
            if reader.has("from") {
                reader.error(
                    at: "from", rule: "wrong-value", message: "\(description.name) reads no value",
                    hint: "leave from out")
            }
            return []
        }
        if reader.has("from") {
            guard description.inputs.contains(from.count) else {
                let allowed = description.inputs
                let count =
                    allowed.count == 1 ? "\(allowed.lowerBound)" : "\(allowed.lowerBound) to \(allowed.upperBound)"
                reader.error(
                    at: "from", rule: "wrong-count", message: "from names \(from.count) values; expected \(count)",
                    hint: allowed.upperBound == 1 ? "merge or combine make one value of several" : nil)
                return nil
            }
            for name in from {
                guard let value = value(of: name, kinds, description, &reader) else { return nil }
                result.append(value)
                if case .encode(let step) = action, step.format == .jpeg, types[value].kind == .classMap {
                    reader.error(
                        at: name.range, rule: "wrong-value", message: "a class map is written as an indexed PNG",
                        hint: #"set format to "png", or leave it out"#)
                }
                if case .encode(let step) = action, step.options.interlace, types[value].kind == .classMap {
                    reader.error(
                        at: "interlace", rule: "wrong-value", message: "a class map is not written interlaced",
                        hint: "leave interlace out")
                }
            }
        } else if description.inputs.lowerBound > 1 || description.inputs.upperBound > 1 {
            reader.error(
                at: "op", rule: "missing-key", message: "\(description.name) needs from, the names of its values",
                hint: #"write "from": ["r", "g", "b"]"#)
            return nil
        } else if let value = latestValue(kinds.subtracting([.classMap])) {
            uses.read(value)
            result = [value]
        } else {
            // Without a picture there is no decode step, which is told already.
            if !isIncomplete, !kinds.contains(.picture) {
                reader.error(
                    at: "op", rule: "no-input",
                    message: "no earlier step finds \(Self.phrase(kinds)) that \(description.name) could read",
                    hint: "put a step that does, such as classify or detect, before it")
            }
            return nil
        }
        if case .operation(let operation) = action {
            for key in type(of: operation).valueKeys {
                guard let values = values(key, description, &reader) else { return nil }
                result += values
            }
        }
        return result
    }

    private func latestValue(_ kinds: Set<ValueKind>) -> Int? { kinds.compactMap { latest[$0] }.max() }

    private mutating func values(
        _ key: ValueKey, _ description: StepDescription, _ reader: inout ParameterReader
    ) -> [Int]? {
        if key.takesLatest, !reader.has(key.key) {
            // After a step with faults nobody knows what there would be to read.
            guard let value = latestValue(key.kinds) else { return isIncomplete ? nil : [] }
            uses.read(value)
            return [value]
        }
        var result: [Int] = []
        for name in reader.names(key.key) {
            guard let value = value(of: name, key.kinds, description, &reader) else { return nil }
            result.append(value)
        }
        return result
    }

    private static func phrase(_ kinds: Set<ValueKind>) -> String {
        ValueKind.allCases.filter(kinds.contains).map(\.phrase).joined(separator: " or ")
    }

    private mutating func value(
        of name: ParameterReader.Name, _ kinds: Set<ValueKind>, _ description: StepDescription,
        _ reader: inout ParameterReader
    ) -> Int? {
        if let value = names[name.text] {
            uses.read(value, by: name.text)
            if unknown.contains(value) || kinds.contains(types[value].kind) { return value }
            let fitting = names.filter { kinds.contains(types[$0.value].kind) }.keys.sorted()
            reader.error(
                at: name.range, rule: "wrong-kind",
                message: "\(description.name) reads \(Self.phrase(kinds)); \"\(name.text)\" is "
                    + types[value].kind.phrase,
                hint: fitting.isEmpty
                    ? "put a step before it that gives \(Self.phrase(kinds))"
                    : "of that kind there are \(fitting.joined(separator: ", "))")
            return nil
        }
        if !hasLostNames {
            let hint =
                definitions[name.text].map { "step \($0) gives that name: move it before this one" }
                ?? (names.isEmpty
                    ? #"give an earlier step "as": "\#(name.text)""#
                    : nearest(name.text, in: names.keys.sorted()).map { "did you mean \"\($0)\"?" }
                        ?? "so far there are \(names.keys.sorted().joined(separator: ", "))")
            reader.error(
                at: name.range, rule: "unknown-name", message: "no earlier step is named \"\(name.text)\"", hint: hint)
        }
        return nil
    }

    private func resultTypes(
        _ action: Pipeline.Action, _ inputs: [Int]?, _ reader: inout ParameterReader
    ) -> [ValueType] {
        switch action {
        case .decode: return [ValueType()]
        case .record: return []
        case .encode(let step):
            if let depth = step.depth, depth < 8, step.format == .png, let input = inputs?.first,
                let layout = types[input].layout, layout != .gray
            {
                reader.error(
                    at: "depth", rule: "wrong-value",
                    message: "\(depth) bits for a sample hold nothing but gray without alpha",
                    hint: #"put { "op": "gray" } before it, or leave depth out"#)
            }
            return []
        case .operation(let operation):
            guard let inputs, !reader.hasErrors else { return [ValueType()] }
            do {
                return try operation.resultTypes(of: inputs.map { types[$0] })
            } catch {
                reader.error(at: error.key ?? "op", rule: error.code, message: error.message, hint: error.hint)
                return [ValueType()]
            }
        }
    }

    private mutating func name(
        _ resultTypes: [ValueType], of action: Pipeline.Action, _ description: StepDescription,
        _ reader: inout ParameterReader
    ) -> [Int] {
        let first = types.count
        types += resultTypes
        let given = reader.names("as")
        if reader.has("as"), !reader.isFaulty("as"), !description.results.contains(given.count) {
            reader.error(
                at: "as", rule: "wrong-count",
                message: description.results.upperBound == 0
                    ? "\(description.name) has no result to name"
                    : "as gives \(given.count) names; expected \(description.results.lowerBound)"
                        + (description.results.count > 1 ? " to \(description.results.upperBound)" : ""),
                hint: description.results.upperBound == 0 ? "leave as out" : "give one name to each result")
        }
        for (index, name) in given.enumerated() where given[..<index].contains(where: { $0.text == name.text }) {
            reader.error(
                at: name.range, rule: "duplicate-name", message: "as gives the name \"\(name.text)\" twice",
                hint: "give each result a name of its own")
        }
        for (index, name) in given.enumerated() where !types.isEmpty {
            names[name.text] = min(first + index, types.count - 1)
        }
        // What split names are planes beside the picture, which stays the value that the next step reads.
        guard resultTypes.count == 1, description.results.upperBound == 1 else { return Array(first..<types.count) }
        // So it does beside a mask.
        let isAside =
            if case .operation(let operation) = action { type(of: operation).keepsPicture } else { false }
        if !isAside || resultTypes[0].kind != .picture { latest[resultTypes[0].kind] = first }
        return Array(first..<types.count)
    }

    /// What the name of an output depends on.
    private func naming(_ action: Pipeline.Action, _ reader: inout ParameterReader) -> Pipeline.OutputNaming {
        guard let template = action.template else { return Pipeline.OutputNaming() }
        guard template.contains(.label) || routeUsesLabel else { return Pipeline.OutputNaming(routeStep: routeStep) }
        if labelStep == nil, !isIncomplete {
            reader.error(
                at: "file", rule: "no-label", message: "no earlier step finds what {label} stands for",
                hint: "put a step such as classify before it")
        }
        return Pipeline.OutputNaming(labelStep: labelStep, routeStep: routeStep)
    }

    func checkWhole(_ document: JSONValue, into diagnostics: inout Diagnostics) {
        let writes = steps.contains {
            switch $0.action {
            case .encode, .record: true
            case .decode, .operation: false
            }
        }
        guard !isIncomplete else { return }
        uses.check(into: &diagnostics)
        if !writes, let steps = document["steps"] {
            diagnostics.error(
                at: steps.range.upperBound - 1..<steps.range.upperBound, rule: "no-output",
                message: "the pipeline writes nothing", hint: #"end it with { "op": "encode" }"#, pointer: "/steps")
        }
    }
}
