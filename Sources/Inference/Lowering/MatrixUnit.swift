import NetworkKernels

/// A product of matrices of which the right one is constant, with a sum and a function that follow it.
struct MatrixUnit {
    var node: GraphNode
    var source: ValueID
    var right: ValueID
    /// For each column.
    var bias: [Float]?
    var function: UnaryFunction?
    var output: ValueID
}

extension Fusion {
    mutating func matrix(_ index: Int) -> (FusedNode, Int)? {
        let node = nodes[index]
        guard node.layer is MatMul, let source = node.inputs[0], let right = node.inputs[1],
            let matrix = constant(right), matrix.shape.count == 2, matrix.count > 0, let output = node.outputs[0],
            let type = facts[source]?.type, facts[source]?.constant == nil, type.rank >= 2
        else { return nil }
        var unit = MatrixUnit(node: node, source: source, right: right, output: output), last = index
        taken.insert(index)
        if let next = onlyUser(output), nodes[next].layer is Add, let sum = nodes[next].outputs[0],
            facts[sum]?.type == facts[output]?.type,
            let other = constant(nodes[next].inputs.first { $0 != output } ?? nil), other.element == .float32,
            other.count == matrix.shape[1], other.shape.last == other.count
        {
            unit.bias = other.array(of: Float.self)
            unit.output = sum
            taken.insert(next)
            last = next
        }
        if let (function, end) = joinedFunction(unit.output) {
            unit.function = function
            unit.output = nodes[end].outputs[0]!
            last = end
        } else if let next = onlyUser(unit.output), let layer = nodes[next].layer as? any ElementwiseLayer {
            unit.function = layer.function
            unit.output = nodes[next].outputs[0]!
            taken.insert(next)
            last = next
        }
        return (.matrix(unit), last)
    }
}
