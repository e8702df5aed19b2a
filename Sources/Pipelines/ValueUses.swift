import Operations
import Specification

/// Which values of a pipeline are read, and by which name: a step whose result nobody reads computes for nothing, and
/// is most likely one that something was forgotten after.
struct ValueUses {
    private struct Definition {
        let values: [Int]
        let context: String
        let pointer: String
        let op: Range<Int>
        let names: [ParameterReader.Name]
        /// The step is of use even if nobody reads what it results in.
        let hasEffect: Bool
    }

    private var definitions: [Definition] = []
    private var readValues: Set<Int> = []
    private var readNames: Set<String> = []

    mutating func read(_ value: Int, by name: String? = nil) {
        readValues.insert(value)
        if let name { readNames.insert(name) }
    }

    mutating func note(
        _ results: [Int], of action: Pipeline.Action, context: String, pointer: String, op: Range<Int>,
        names: [ParameterReader.Name]
    ) {
        let hasEffect =
            switch action {
            case .operation(let operation): type(of: operation).findsSomething
            case .decode, .encode, .record: true
            }
        definitions.append(
            Definition(
                values: results, context: context, pointer: pointer, op: op, names: names, hasEffect: hasEffect))
    }

    func check(into diagnostics: inout Diagnostics) {
        for definition in definitions where !definition.values.isEmpty {
            if !definition.hasEffect, readValues.isDisjoint(with: definition.values) {
                let name = definition.names.first
                diagnostics.error(
                    at: name?.range ?? definition.op, rule: "unread-result",
                    message: name == nil
                        ? "no step reads the result" : "no step reads \(list(definition.names))",
                    hint: name.map { #"let a later step say "from": "\#($0.text)", or take this step out"# }
                        ?? "put it before the step that is to read it, or take it out",
                    pointer: name?.pointer ?? definition.pointer, context: definition.context)
            } else if definition.names.count == 1, let name = definition.names.first, !readNames.contains(name.text) {
                diagnostics.warning(
                    at: name.range, rule: "unused-name", message: "no step says \"from\": \"\(name.text)\"",
                    hint: "leave as out: a step reads the one before it without being told to", pointer: name.pointer,
                    context: definition.context)
            }
        }
    }

    private func list(_ names: [ParameterReader.Name]) -> String {
        names.map { "\"\($0.text)\"" }.joined(separator: names.count > 2 ? ", " : " or ")
    }
}
