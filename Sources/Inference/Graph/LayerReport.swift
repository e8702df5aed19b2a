import ONNX

/// What one layer of a model does, before anything is joined or rewritten.
public struct LayerReport: Sendable {
    /// As people refer to it.
    public let name: String
    public let operatorName: String
    /// Nil where it becomes known only in a run.
    public let output: TensorType?
    /// Numbers among its inputs that do not depend on the network's.
    public let parameters: Int
    /// One addition and one multiplication each; 0 where it is known only in a run.
    public let multiplications: Int
}

extension Network {
    /// The layers that a run with inputs of given types has to compute, in order.
    public func layers(for types: [String: TensorType]) throws(InferenceError) -> [LayerReport] {
        var known: [ValueID: TensorType] = [:]
        for (id, input) in zip(graph.inputs, inputs) { known[id] = types[input.name] }
        var propagation = FactPropagation(file: file, opset: opset, constantBytes: constantBytes)
        let result = try propagation.run(graph, inputTypes: known)
        return zip(result.nodes, result.isLate).map { node, isLate in
            let inputs = node.inputs.map { id in id.flatMap { result.facts[$0]?.type } }
            let outputs = node.outputs.map { id in id.flatMap { result.facts[$0]?.type } }
            let parameters = node.inputs.reduce(0) { sum, id in
                sum + (id.flatMap { graph.values[$0].constant?.count } ?? 0)
            }
            return LayerReport(
                name: node.name, operatorName: node.operatorName, output: outputs.first { $0 != nil } ?? nil,
                parameters: parameters,
                multiplications: isLate ? 0 : node.layer.multiplicationCount(inputs: inputs, outputs: outputs))
        }
    }
}
