import ONNX

extension GraphNode {
    /// The types of the outputs, or their values where types are enough to know them.
    func outputFacts(_ inputs: [ValueFacts?]) throws(LayerError) -> [ValueFacts] {
        try layer.outputs(for: LayerInputs(facts: inputs))
    }

    /// Runs the layer on whole tensors, outside any plan.
    func evaluate(_ inputs: [Tensor?], facts: [ValueFacts], workers: Workers) throws(LayerError) -> [Tensor?] {
        var storages: [(TensorType, TensorStorage)?] = []
        for (index, output) in outputs.enumerated() {
            let type = facts[index].type
            storages.append(output == nil ? nil : (type, TensorStorage(byteCount: type.byteCount)))
        }
        let scratch = TensorStorage(
            byteCount: layer.scratchByteCount(
                inputs: inputs.map { $0?.type }, outputs: storages.map { $0?.0 }))
        let inputs = inputs.map { $0?.resident }
        defer { withExtendedLifetime(inputs) {} }
        try layer.run(
            LayerRun(
                inputs: inputs.map { $0?.view }, outputs: storages.map { $0.map { TensorView($0.0, $0.1.base) } },
                scratch: scratch.base, pool: ScratchPool(byteCount: layer.pieceScratchByteCount), workers: workers))
        return storages.map { $0.map { Tensor($0.0, storage: $0.1) } }
    }
}

extension LayerInputs {
    /// What is known of a node's inputs.
    init(_ node: GraphNode, _ facts: [ValueFacts?]) {
        self.init(facts: node.inputs.map { $0.flatMap { facts[$0] } })
    }
}

/// Computes what does not depend on the inputs' data, and the types of everything else.
struct FactPropagation {
    let file: String
    let opset: Int
    /// The most bytes that computed constants may take together.
    let constantBytes: Int
    private var constantBytesUsed = 0
    /// Bytes that tensors of one repeated number may take beyond that. Weights that are left out of a file are such
    /// tensors; made in every run they would cost more than the network, and filling them takes no time to speak of.
    private var filledBytesLeft = 640 << 20
    /// What may still be multiplied for constants: a model of a few bytes must not keep its reader busy for minutes.
    private var multiplicationsLeft = 1_000_000_000

    init(file: String, opset: Int, constantBytes: Int) {
        self.file = file
        self.opset = opset
        self.constantBytes = constantBytes
    }

    /// What is known of a graph's values, and which nodes have to be shaped during a run.
    struct Result {
        var facts: [ValueFacts?]
        /// The nodes that are left to compute, in order.
        var nodes: [GraphNode]
        /// For each of them whether its types are known only in a run.
        var isLate: [Bool]
    }

    /// - Parameter inputTypes: by value; a missing one leaves what depends on it unknown, which is then no error.
    mutating func run(_ graph: NetworkGraph, inputTypes: [ValueID: TensorType]) throws(InferenceError) -> Result {
        var facts: [ValueFacts?] = graph.values.map { $0.constant.map { ValueFacts($0) } }
        for (id, type) in inputTypes { facts[id] = ValueFacts(type) }
        var result = Result(facts: [], nodes: [], isLate: [])
        for node in graph.nodes {
            let inputs = node.inputs.map { $0.flatMap { facts[$0] } }
            let isKnown = zip(node.inputs, inputs).allSatisfy { $0 == nil || $1 != nil }
            guard isKnown, !node.layer.isAlwaysLate else {
                result.nodes.append(node)
                result.isLate.append(true)
                continue
            }
            do {
                let outputs = try node.outputFacts(inputs)
                if try fold(node, inputs, outputs, &facts) { continue }
                for (id, output) in zip(node.outputs, outputs) { if let id { facts[id] = output } }
                result.nodes.append(node)
                result.isLate.append(false)
            } catch .valueNeeded {
                result.nodes.append(node)
                result.isLate.append(true)
            } catch {
                throw .node(
                    file: file, opset: opset, node: node.label,
                    inputs: inputs.map { $0?.type.description ?? "none" }, error)
            }
        }
        result.facts = facts
        return result
    }

    /// Computes the node if all that it needs is known; what comes out are constants.
    private mutating func fold(
        _ node: GraphNode, _ inputs: [ValueFacts?], _ outputs: [ValueFacts], _ facts: inout [ValueFacts?]
    ) throws(LayerError) -> Bool {
        if zip(node.outputs, outputs).allSatisfy({ $0 == nil || $1.constant != nil }) {
            for (id, output) in zip(node.outputs, outputs) { if let id { facts[id] = output } }
            return true
        }
        guard inputs.allSatisfy({ $0 == nil || $0?.constant != nil }) else { return false }
        let bytes = zip(node.outputs, outputs).reduce(0) { $0 + ($1.0 == nil ? 0 : $1.1.type.byteCount) }
        let isFill = constantBytesUsed + bytes > constantBytes && node.layer is ConstantOfShape
        guard isFill ? bytes <= filledBytesLeft : constantBytesUsed + bytes <= constantBytes else { return false }
        let multiplications = node.layer.multiplicationCount(
            inputs: inputs.map { $0?.type }, outputs: zip(node.outputs, outputs).map { $0 == nil ? nil : $1.type })
        guard multiplications <= multiplicationsLeft else { return false }
        multiplicationsLeft -= multiplications
        if isFill { filledBytesLeft -= bytes } else { constantBytesUsed += bytes }
        if let layer = node.layer as? ConstantOfShape, let output = node.outputs[0] {
            facts[output] = ValueFacts(layer.tensor(outputs[0].type))
            return true
        }
        let values = try node.evaluate(inputs.map { $0?.constant }, facts: outputs, workers: .serial)
        for (id, value) in zip(node.outputs, values) { if let id, let value { facts[id] = ValueFacts(value) } }
        return true
    }
}
