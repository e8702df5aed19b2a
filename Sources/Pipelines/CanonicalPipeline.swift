import Networks
import Specification

/// A pipeline as it would stand if its author had written out every key that has a default.
///
/// A default that is refused beside what was given (`quality` of a PNG) has no effect, and stays out.
public enum CanonicalPipeline {
    /// The document; comments and keys beginning with `x-` are left out.
    public static func document(_ pipeline: Pipeline) -> JSONNode? {
        guard let document = parsed(SourceText(file: pipeline.file, bytes: pipeline.source)) else { return nil }
        var members = filled(document, by: PipelineDocument.table, at: []).members
        let steps = self.steps(document, pipeline.networks)
        for index in members.indices where members[index].key == "steps" { members[index].value = .array(steps) }
        return .object(members)
    }

    /// Each step of the document.
    public static func steps(_ pipeline: Pipeline) -> [JSONNode] {
        parsed(SourceText(file: pipeline.file, bytes: pipeline.source)).map { steps($0, pipeline.networks) } ?? []
    }

    private static func steps(_ document: JSONValue, _ networks: NetworkLoader) -> [JSONNode] {
        let inherited = PipelineDocument.inherited(document)
        return (document["steps"]?.array ?? []).compactMap { object in
            guard let op = object["op"]?.string,
                let description = StepRegistry.descriptions.first(where: { $0.name == op })
            else { return nil }
            return step(object, description, inherited, networks)
        }
    }

    private static func step(
        _ object: JSONValue, _ description: StepDescription, _ inherited: [String: JSONValue], _ networks: NetworkLoader
    ) -> JSONNode {
        var left: Set<[String]> = []
        while true {
            let (members, defaults) = filled(
                object, by: description.parameters, at: [], except: left, inherited: inherited)
            let envelope = ["op", "from"].compactMap { key in object[key].map { (key: key, value: JSONNode($0)) } }
            let name = object["as"].map { [(key: "as", value: JSONNode($0))] } ?? []
            let node = JSONNode.object(envelope + members + name)
            guard let value = parsed(SourceText(file: "", text: JSONWriter.text(node))) else { return node }
            var reader = ParameterReader(object: value, of: description, context: "", pointer: "")
            _ = StepRegistry.action(description.name, &reader, networks)
            let refused = reader.diagnostics.filter { $0.severity == .error }.compactMap { diagnostic in
                defaults.first { "/" + $0.joined(separator: "/") == diagnostic.pointer }
            }
            guard !refused.isEmpty else { return node }
            left.formUnion(refused)
        }
    }

    /// What was given and, in the order of the table, the defaults of what was not, with the paths of these.
    ///
    /// - `inherited`: takes the place of defaults.
    private static func filled(
        _ object: JSONValue, by table: [ParameterDescription], at path: [String], except left: Set<[String]> = [],
        inherited: [String: JSONValue] = [:]
    ) -> (members: [(key: String, value: JSONNode)], defaults: [[String]]) {
        var members: [(key: String, value: JSONNode)] = []
        var defaults: [[String]] = []
        for parameter in table {
            let place = path + [parameter.key]
            if let value = object[parameter.key] {
                if let inner = parameter.kind.objectTable, value.members != nil {
                    let object = filled(value, by: inner, at: place, except: left)
                    members.append((parameter.key, .object(object.members)))
                    defaults += object.defaults
                } else {
                    members.append((parameter.key, JSONNode(value)))
                }
            } else if !left.contains(place),
                let value = inherited[parameter.key]
                    ?? parameter.defaultText.flatMap({ parsed(SourceText(file: "", text: $0)) })
            {
                members.append((parameter.key, JSONNode(value)))
                defaults.append(place)
            }
        }
        return (members, defaults)
    }

    private static func parsed(_ source: SourceText) -> JSONValue? {
        var diagnostics = Diagnostics(source: source)
        return JSONReader.read(source, into: &diagnostics)
    }
}

extension ParameterKind {
    /// The table of the object that a value may be.
    fileprivate var objectTable: [ParameterDescription]? {
        switch self {
        case .object(let table): table
        case .anyOf(let kinds): kinds.lazy.compactMap(\.objectTable).first
        default: nil
        }
    }
}
