import ONNX

/// A node of a model file without its tensors: what people refer to, and how it is joined to others.
public struct NodeOutline: Sendable {
    /// Its own name, or the first value that it makes.
    public let name: String
    /// How messages call it.
    public let label: String
    public let operatorName: String
    /// Empty names stand for inputs that are left out.
    public let inputs: [String]
    /// Empty names stand for outputs that nobody wants.
    public let outputs: [String]
    /// Its attributes that are whole numbers or lists of them.
    public let integers: [String: [Int]]

    init(_ node: Node) {
        name = node.givenName
        label = node.label
        operatorName = node.operatorName
        inputs = node.inputs
        outputs = node.outputs
        integers = node.attributes.compactMapValues { attribute in
            switch attribute {
            case .integer(let value): [value]
            case .integers(let values): values
            default: nil
            }
        }
    }
}

extension Model {
    /// How often each operator stands in the model.
    public var operatorCounts: [String: Int] {
        graph.nodes.reduce(into: [:]) { $0[$1.operatorName, default: 0] += 1 }
    }

    /// Numbers that the model carries as weights.
    public var parameterCount: Int { graph.initializers.values.reduce(0) { $0 + $1.count } }

    /// The operators that this program does not have for the model's operator set, each once.
    public var unsupportedOperators: [String] {
        Set(graph.nodes.map(\.operatorName)).filter {
            LayerRegistry.byName[$0]?.opsets.contains(opset) != true
        }.sorted()
    }
}
