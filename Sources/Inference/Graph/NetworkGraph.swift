import ONNX

/// A value's place in the tables of its graph.
typealias ValueID = Int

/// One layer with what it reads and makes.
struct GraphNode {
    var label: String
    /// As people refer to it: its own name, or the first value that it makes.
    var name: String
    var operatorName: String
    var layer: any Layer
    /// Nil where an optional input is left out.
    var inputs: [ValueID?]
    /// Nil where nobody wants the output.
    var outputs: [ValueID?]
}

/// A network as layers: nodes in order, and the values between them.
struct NetworkGraph {
    struct Value {
        var name: String
        /// Known independently of the inputs' data.
        var constant: Tensor?
    }

    var values: [Value] = []
    var nodes: [GraphNode] = []
    var inputs: [ValueID] = []
    var outputs: [ValueID] = []

    /// Builds the layers of a model.
    ///
    /// - Throws: `unsupportedOperators` with all of them at once, or `node` for the first one that is wrong.
    init(_ model: Model) throws(InferenceError) {
        func fault(_ node: Node, _ error: LayerError) -> InferenceError {
            .node(file: model.file, opset: model.opset, node: node.label, inputs: [], error)
        }

        let unsupported = model.unsupportedOperators
        if !unsupported.isEmpty {
            throw .unsupportedOperators(file: model.file, opset: model.opset, unsupported)
        }

        var ids: [String: ValueID] = [:]
        func id(_ name: String) -> ValueID {
            if let id = ids[name] { return id }
            values.append(Value(name: name))
            ids[name] = values.count - 1
            return values.count - 1
        }
        for input in model.graph.inputs { inputs.append(id(input.name)) }
        for (name, data) in model.graph.initializers.sorted(by: { $0.key < $1.key }) {
            do {
                values[id(name)].constant = try Tensor(data)
            } catch {
                throw .model(ModelError(file: model.file, fault: .tensor(name: name, error.description)))
            }
        }
        for node in model.graph.nodes {
            let type = LayerRegistry.byName[node.operatorName]!
            var reader = AttributeReader(node, opset: model.opset)
            do throws(LayerError) {
                guard type.inputCount.contains(node.inputs.count) else {
                    throw LayerError.inputs(
                        "\(node.inputs.count) inputs; allowed are \(type.inputCount.lowerBound)...\(type.inputCount.upperBound)"
                    )
                }
                guard type.outputCount.contains(node.outputs.count) else {
                    throw LayerError.inputs(
                        "\(node.outputs.count) outputs; allowed are \(type.outputCount.lowerBound)...\(type.outputCount.upperBound)"
                    )
                }
                let layer = try type.init(&reader)
                try reader.finish()
                nodes.append(
                    GraphNode(
                        label: node.label, name: node.givenName, operatorName: node.operatorName, layer: layer,
                        inputs: node.inputs.map { $0.isEmpty ? nil : id($0) },
                        outputs: node.outputs.map { $0.isEmpty ? nil : id($0) }))
            } catch {
                throw fault(node, error)
            }
        }
        outputs = model.graph.outputs.map { id($0.name) }
    }

    /// Whether a value is the same in all plans of the network.
    func isConstant(_ id: ValueID) -> Bool { id < values.count && values[id].constant != nil }

    /// The value of a name; nil where none is left that a run makes.
    func value(_ name: String) -> ValueID? {
        guard let id = values.firstIndex(where: { $0.name == name }) else { return nil }
        let isMade = values[id].constant != nil || inputs.contains(id) || nodes.contains { $0.outputs.contains(id) }
        return isMade ? id : nil
    }

    /// Removes nodes whose outputs nobody wants.
    mutating func removeDeadNodes() {
        var wanted = Set(outputs)
        var kept: [GraphNode] = []
        for var node in nodes.reversed() {
            guard node.outputs.contains(where: { $0.map(wanted.contains) ?? false }) else { continue }
            // An output that nobody wants is not computed.
            node.outputs = node.outputs.map { output in output.flatMap { wanted.contains($0) ? $0 : nil } }
            wanted.formUnion(node.inputs.compactMap { $0 })
            kept.append(node)
        }
        nodes = kept.reversed()
    }
}
