import NetworkKernels

/// A product of matrices of which the right one is constant, with a sum, and a scale or a function, that follow it.
struct MatrixUnit {
    var node: GraphNode
    var source: ValueID
    var right: ValueID
    /// For each column, as the next two.
    var bias: [Float]?
    var scale: [Float]?
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
        func take(_ next: Int) {
            unit.output = nodes[next].outputs[0]!
            taken.insert(next)
            last = next
        }
        if let next = onlyUser(output), nodes[next].layer is Add, let bias = columns(next, beside: output) {
            unit.bias = bias
            take(next)
        }
        if let next = onlyUser(unit.output), nodes[next].layer is Mul, let scale = columns(next, beside: unit.output) {
            unit.scale = scale
            unit.bias = unit.bias.map { zip($0, scale).map(*) }
            take(next)
        }
        if let (function, end) = joinedFunction(unit.output) {
            unit.function = function
            unit.output = nodes[end].outputs[0]!
            last = end
        } else if let next = onlyUser(unit.output), let layer = nodes[next].layer as? any ElementwiseLayer {
            unit.function = layer.function
            take(next)
        }
        return (.matrix(unit), last)
    }

    /// The other operand of a node with two, if that is one number for each column of the value.
    private func columns(_ index: Int, beside id: ValueID) -> [Float]? {
        guard let output = nodes[index].outputs[0], let type = facts[id]?.type, facts[output]?.type == type,
            let other = constant(beside: id, in: index)?.value, other.count == type.shape.last,
            other.shape.last == other.count
        else { return nil }
        return other.array(of: Float.self)
    }
}
