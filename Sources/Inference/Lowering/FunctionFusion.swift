import NetworkKernels

/// Functions that the graph says with several operators.
extension Fusion {
    /// What a value alone goes through, as one function, and the place of the last of its nodes, which are taken.
    mutating func joinedFunction(_ id: ValueID) -> (UnaryFunction, Int)? {
        selfProduct(id) ?? gelu(id).map { (.gelu, $0) }
    }

    /// `x · sigmoid(x)` and `x · hardSigmoid(x)`.
    private mutating func selfProduct(_ id: ValueID) -> (UnaryFunction, Int)? {
        for (gate, product) in pairs(id) {
            guard let layer = nodes[gate].layer as? any ElementwiseLayer, nodes[product].layer is Mul,
                let gated = nodes[gate].outputs[0], onlyUser(gated) == product,
                Set(nodes[product].inputs) == [id, gated], nodes[product].outputs[0] != nil
            else { continue }
            let function: UnaryFunction
            switch layer.function {
            case .sigmoid: function = .silu
            case .hardSigmoid(let alpha, let beta): function = .hardSwish(alpha: alpha, beta: beta)
            default: continue
            }
            taken.formUnion([gate, product])
            return (function, product)
        }
        return nil
    }

    /// `x / 2 · (1 + erf(x / √2))`, halved before, between or after the other products.
    private mutating func gelu(_ id: ValueID) -> Int? {
        for (scaling, outer) in pairs(id) {
            guard let scale = factor(scaling, of: id), abs(scale - Float(0.5).squareRoot()) < 1e-6,
                let scaled = nodes[scaling].outputs[0], let erf = onlyUser(scaled), nodes[erf].layer is Erf,
                let error = nodes[erf].outputs[0], let adding = onlyUser(error), nodes[adding].layer is Add,
                number(beside: error, in: adding) == 1, let sum = nodes[adding].outputs[0],
                let product = onlyUser(sum), let result = nodes[product].outputs[0]
            else { continue }
            let last: Int
            if product == outer, Set(nodes[product].inputs) == [id, sum], nodes[product].layer is Mul,
                let half = onlyUser(result), factor(half, of: result) == 0.5
            {
                last = half
            } else if factor(product, of: sum) == 0.5, onlyUser(result) == outer, nodes[outer].layer is Mul,
                Set(nodes[outer].inputs) == [id, result]
            {
                last = outer
            } else if factor(outer, of: id) == 0.5, let half = nodes[outer].outputs[0], onlyUser(half) == product,
                nodes[product].layer is Mul, Set(nodes[product].inputs) == [half, sum]
            {
                last = product
            } else {
                continue
            }
            guard let end = nodes[last].outputs[0], facts[end]?.type == facts[id]?.type else { continue }
            taken.formUnion([scaling, erf, adding, product, outer, last])
            return last
        }
        return nil
    }

    /// The two nodes that alone read a value, in both orders.
    private func pairs(_ id: ValueID) -> [(Int, Int)] {
        guard !isOutput.contains(id), let users = users[id], users.count == 2,
            users.allSatisfy({ !isLate[$0] && !taken.contains($0) })
        else { return [] }
        return [(users[0], users[1]), (users[1], users[0])]
    }

    /// The number by which a node multiplies a value, if it does.
    private func factor(_ index: Int, of id: ValueID) -> Float? {
        guard let number = number(beside: id, in: index) else { return nil }
        switch nodes[index].layer {
        case is Mul: return number
        case is Div where nodes[index].inputs[0] == id: return 1 / number
        default: return nil
        }
    }

    /// The other operand of a node with two, if that is one number.
    private func number(beside id: ValueID, in index: Int) -> Float? {
        guard let other = constant(beside: id, in: index), other.value.count == 1 else { return nil }
        return other.value.array(of: Float.self)[0]
    }

    // MARK: Normalisation

    /// `(x − mean) / √(variance + epsilon) · scale + bias` over the last axis, from the first of its nodes.
    mutating func normalization(_ index: Int) -> (FusedNode, Int)? {
        guard let source = nodes[index].inputs.first ?? nil, let type = facts[source]?.type, let size = type.shape.last,
            let mean = meanOverLastAxis(index, of: source), let centring = onlyUser(mean),
            nodes[centring].layer is Sub, nodes[centring].inputs == [source, mean],
            let centred = nodes[centring].outputs[0]
        else { return nil }
        for (squaring, dividing) in pairs(centred) {
            guard nodes[squaring].layer is Pow, number(beside: centred, in: squaring) == 2,
                let square = nodes[squaring].outputs[0], let averaging = onlyUser(square),
                let variance = meanOverLastAxis(averaging, of: square), let adding = onlyUser(variance),
                nodes[adding].layer is Add, let epsilon = number(beside: variance, in: adding),
                let sum = nodes[adding].outputs[0], let rooting = onlyUser(sum), nodes[rooting].layer is Sqrt,
                let root = nodes[rooting].outputs[0], onlyUser(root) == dividing, nodes[dividing].layer is Div,
                nodes[dividing].inputs == [centred, root], let normal = nodes[dividing].outputs[0],
                let scaling = onlyUser(normal), nodes[scaling].layer is Mul,
                let scale = vector(size, beside: normal, in: scaling), let scaled = nodes[scaling].outputs[0]
            else { continue }
            var node = nodes[index], last = scaling
            node.operatorName = "LayerNormalization"
            node.layer = LayerNormalization(epsilon: epsilon)
            node.inputs = [source, scale]
            node.outputs = [scaled]
            taken.formUnion([index, centring, squaring, averaging, adding, rooting, dividing, scaling])
            if let shifting = onlyUser(scaled), nodes[shifting].layer is Add,
                let bias = vector(size, beside: scaled, in: shifting)
            {
                node.inputs.append(bias)
                node.outputs = nodes[shifting].outputs
                taken.insert(shifting)
                last = shifting
            }
            return (.layer(node, isLate: false), last)
        }
        return nil
    }

    /// The mean of a value over its last axis, which is kept.
    private func meanOverLastAxis(_ index: Int, of id: ValueID) -> ValueID? {
        let node = nodes[index]
        let inputs = LayerInputs(node, facts)
        guard let layer = node.layer as? ReduceMean, node.inputs[0] == id, let type = facts[id]?.type, type.rank > 0,
            type.element == .float32, let axes = try? layer.axes.resolved(for: inputs),
            axes.axes == [type.rank - 1], axes.output.count == type.rank
        else { return nil }
        return node.outputs[0]
    }

    /// The other operand of a node with two, if that is one number for each place of the last axis.
    private func vector(_ size: Int, beside id: ValueID, in index: Int) -> ValueID? {
        guard let other = constant(beside: id, in: index), other.value.shape == [size] else { return nil }
        return other.id
    }

    /// The other operand of a node with two, if that is a constant.
    func constant(beside id: ValueID, in index: Int) -> (id: ValueID, value: Tensor)? {
        let inputs = nodes[index].inputs
        guard inputs.count == 2, inputs.contains(id), let other = inputs.first(where: { $0 != id }) ?? nil,
            let value = constant(other), value.element == .float32
        else { return nil }
        return (other, value)
    }
}
