extension FactPropagation.Result {
    /// The same without nodes that only give a value another name, as networks for training leave them behind: who reads
    /// the copy reads the value, and what stands beside each other can be joined.
    ///
    /// - Parameter graph: its outputs are made under their own names.
    func withoutCopies(_ graph: NetworkGraph) -> FactPropagation.Result {
        let outputs = Set(graph.outputs)
        var originals: [ValueID: ValueID] = [:]
        var result = FactPropagation.Result(facts: facts, nodes: [], isLate: [])
        for (node, isLate) in zip(nodes, isLate) {
            var node = node
            node.inputs = node.inputs.map { $0.map { originals[$0] ?? $0 } }
            if !isLate, let (source, copy) = copy(node), !outputs.contains(copy) {
                originals[copy] = source
                continue
            }
            result.nodes.append(node)
            result.isLate.append(isLate)
        }
        return result
    }

    private func copy(_ node: GraphNode) -> (source: ValueID, copy: ValueID)? {
        guard node.layer is Identity || node.layer is Dropout || node.layer is Cast,
            let source = node.inputs[0], let output = node.outputs[0],
            node.outputs.dropFirst().allSatisfy({ $0 == nil }),
            let type = facts[source]?.type, facts[output]?.type == type
        else { return nil }
        return (source, output)
    }
}
