import NetworkKernels
import ONNX

/// One entry of a plan after neighbouring operators have been joined.
enum FusedNode {
    case layer(GraphNode, isLate: Bool)
    case convolution(ConvolutionUnit)
    case matrix(MatrixUnit)
    /// `y = activation(scale[c] · x + shift[c])`
    case channels(ChannelUnit)
    /// `y = f(x)` where the graph says it with several operators.
    case function(label: String, UnaryFunction, source: ValueID, output: ValueID)
}

extension FusedNode {
    /// The values that it reads, each as often as it does.
    var sources: [ValueID] {
        switch self {
        case .layer(let node, _): node.inputs.compactMap { $0 }
        case .convolution(let unit): [unit.source] + [unit.residual].compactMap { $0 }
        case .channels(let unit): [unit.source]
        case .matrix(let unit): [unit.source]
        case .function(_, _, let source, _): [source]
        }
    }
}

/// A scale and shift of channels that no convolution comes before.
struct ChannelUnit {
    var label: String
    var source: ValueID
    var output: ValueID
    var scale: [Float]
    var shift: [Float]
    var activation = Epilogue.Activation.none
}

/// Joins operators that can be computed in one pass over memory.
struct Fusion {
    let nodes: [GraphNode]
    let isLate: [Bool]
    let facts: [ValueFacts?]
    let isOutput: Set<ValueID>
    private let isNetworkConstant: (ValueID) -> Bool
    /// Names for the weights of joined convolutions, by their outputs.
    private let keys: [ValueID: String]
    var users: [ValueID: [Int]] = [:]
    var producers: [ValueID: Int] = [:]
    var taken: Set<Int> = []
    /// Values whose channels lie in another order than the graph says: where each of them is.
    private var channelPlaces: [ValueID: [Int]] = [:]

    init(_ siblings: SiblingJoining, graph: NetworkGraph) {
        nodes = siblings.known.nodes
        isLate = siblings.known.isLate
        facts = siblings.known.facts
        keys = siblings.keys
        isOutput = Set(graph.outputs)
        isNetworkConstant = graph.isConstant
        for (index, node) in nodes.enumerated() {
            for case let id? in node.inputs { users[id, default: []].append(index) }
            for case let id? in node.outputs { producers[id] = index }
        }
    }

    mutating func run() -> [FusedNode] {
        // A joined node stands where its last part stood, when everything that it reads has been made.
        var joined: [Int: FusedNode] = [:]
        for index in nodes.indices where !isLate[index] && !taken.contains(index) {
            if let (node, last) = convolution(index) ?? channels(index) ?? matrix(index) ?? normalization(index)
                ?? function(index)
            {
                joined[last] = node
            }
        }
        return nodes.indices.compactMap { index in
            joined[index] ?? (taken.contains(index) ? nil : .layer(nodes[index], isLate: isLate[index]))
        }
    }

    func constant(_ id: ValueID?) -> Tensor? { id.flatMap { facts[$0]?.constant } }

    /// The only node that reads a value, if the value is nothing else's business.
    func onlyUser(_ id: ValueID) -> Int? {
        guard !isOutput.contains(id), let users = users[id], users.count == 1, !isLate[users[0]],
            !taken.contains(users[0]), nodes[users[0]].outputs.count(where: { $0 != nil }) == 1,
            nodes[users[0]].outputs[0] != nil
        else { return nil }
        return users[0]
    }

    // MARK: Convolutions

    private mutating func convolution(_ index: Int) -> (FusedNode, Int)? {
        let node = nodes[index]
        guard let layer = node.layer as? Conv, let source = node.inputs[0], let output = node.outputs[0],
            facts[source]?.constant == nil, let weights = constant(node.inputs[1]), weights.shape.count == 4
        else { return nil }
        let hasBias = node.inputs.count > 2 && node.inputs[2] != nil
        guard !hasBias || constant(node.inputs[2]) != nil else { return nil }
        let bias = hasBias ? constant(node.inputs[2])!.array(of: Float.self) : nil
        let isOwn = node.inputs.dropFirst().allSatisfy { $0 == nil || isNetworkConstant($0!) }
        var unit = ConvolutionUnit(
            label: node.label, layer: layer, source: source, weights: weights,
            scale: [Float](repeating: 1, count: weights.shape[0]),
            bias: bias ?? [Float](repeating: 0, count: weights.shape[0]), output: output,
            key: keys[output] ?? (isOwn ? "\(output)" : nil))
        taken.insert(index)
        var last = index
        while let next = extend(&unit) { last = max(last, next) }
        unit.inputOrder = channelPlaces[source]
        takeShuffle(into: &unit)
        takePhases(into: &unit)
        return (.convolution(unit), last)
    }

    // MARK: Shuffled channels

    /// Leaves out a channel shuffle between a convolution and a depthwise one that another convolution in groups
    /// follows: the depthwise one takes the channels as they lie, and the last one looks for them where they are.
    private mutating func takeShuffle(into unit: inout ConvolutionUnit) {
        guard unit.layer.group > 1, unit.weights.shape[0] == unit.layer.group, unit.weights.shape[1] == 1,
            unit.residual == nil, unit.inputOrder == nil, let shuffle = shuffle(unit.source),
            let next = onlyUser(unit.output), let follower = nodes[next].layer as? Conv,
            nodes[next].inputs[0] == unit.output, follower.group > 1, follower.group < unit.layer.group,
            let weights = constant(nodes[next].inputs[1]), weights.shape.count == 4,
            nodes[next].inputs.dropFirst(2).allSatisfy({ $0 == nil || constant($0) != nil })
        else { return }
        unit.source = shuffle.source
        unit.moveOutputs(to: shuffle.places)
        taken.formUnion(shuffle.nodes)
        channelPlaces[unit.output] = shuffle.places
    }

    /// The three nodes that exchange groups and their channels, `[N, G·C, H, W]` as `[N, C·G, H, W]`, if they make a
    /// value and nobody else looks at what lies between them.
    private func shuffle(_ id: ValueID) -> (nodes: [Int], source: ValueID, places: [Int])? {
        func step(_ id: ValueID) -> (index: Int, source: ValueID)? {
            guard onlyUserExists(id), let index = producers[id], !taken.contains(index), !isLate[index],
                let source = nodes[index].inputs[0]
            else { return nil }
            return (index, source)
        }
        guard let last = step(id), nodes[last.index].layer is Reshape, let middle = step(last.source),
            let transpose = nodes[middle.index].layer as? Transpose, let first = step(middle.source),
            nodes[first.index].layer is Reshape, let whole = facts[first.source]?.type.shape, whole.count == 4,
            facts[id]?.type.shape == whole, let parts = facts[middle.source]?.type.shape, parts.count == 5,
            parts[0] == whole[0], parts[1] * parts[2] == whole[1], parts[3...] == whole[2...],
            transpose.order(rank: 5) == [0, 2, 1, 3, 4]
        else { return nil }
        let groups = parts[1], channels = parts[2]
        let places = (0..<whole[1]).map { $0 % groups * channels + $0 / groups }
        return ([first.index, middle.index, last.index], first.source, places)
    }

    private func onlyUserExists(_ id: ValueID) -> Bool { !isOutput.contains(id) && users[id]?.count == 1 }

    /// Takes one more operator into the unit, and returns its place.
    private mutating func extend(_ unit: inout ConvolutionUnit) -> Int? {
        if unit.canTakeActivation, let (function, last) = joinedFunction(unit.output) {
            unit.add(.function(function))
            unit.output = nodes[last].outputs[0]!
            return last
        }
        guard let next = onlyUser(unit.output), let output = nodes[next].outputs[0],
            facts[output]?.type == facts[unit.output]?.type
        else { return nil }
        let node = nodes[next]
        if unit.epilogue.isEmpty, let (scale, shift) = channelAffine(node, of: unit.output) {
            unit.fold(scale: scale, shift: shift)
            if !node.inputs.allSatisfy({ $0 == unit.output || $0 == nil || isNetworkConstant($0!) }) { unit.key = nil }
        } else if let activation = activation(node) {
            guard unit.canTakeActivation, activation.slopes == nil || unit.slopes == nil else { return nil }
            unit.add(activation.kind)
            unit.slopes = activation.slopes ?? unit.slopes
        } else if node.layer is Add || node.layer is Sum, node.inputs.count == 2, unit.residual == nil,
            let other = node.inputs.first(where: { $0 != unit.output }) ?? nil, facts[other]?.constant == nil,
            facts[other]?.type == facts[unit.output]?.type
        {
            unit.residual = other
            unit.epilogue.hasResidual = true
        } else {
            return nil
        }
        unit.output = output
        taken.insert(next)
        return next
    }

    private func activation(_ node: GraphNode) -> (kind: Epilogue.Activation, slopes: [Float]?)? {
        if let layer = node.layer as? any ElementwiseLayer { return (.function(layer.function), nil) }
        if let clip = node.layer as? Clip {
            func bound(_ index: Int, _ own: Float) -> Float? {
                guard index < node.inputs.count, let id = node.inputs[index] else { return own }
                return constant(id)?.array(of: Float.self).first
            }
            guard let low = bound(1, clip.low), let high = bound(2, clip.high) else { return nil }
            return (.function(.clip(low: low, high: high)), nil)
        }
        if node.layer is PRelu, let slope = constant(node.inputs[1]),
            let type = node.inputs[0].flatMap({ facts[$0]?.type }),
            let slopes = perChannel(slope, type)
        {
            return (.channelSlopes, slopes)
        }
        return nil
    }

    // MARK: Scales and shifts of channels

    private mutating func channels(_ index: Int) -> (FusedNode, Int)? {
        let node = nodes[index]
        guard node.layer is BatchNormalization, let source = node.inputs[0], let output = node.outputs[0],
            let (scale, shift) = channelAffine(node, of: source)
        else { return nil }
        var unit = ChannelUnit(label: node.label, source: source, output: output, scale: scale, shift: shift)
        taken.insert(index)
        var last = index
        while let next = onlyUser(unit.output), let output = nodes[next].outputs[0],
            facts[output]?.type == facts[unit.output]?.type
        {
            if let (scale, shift) = channelAffine(nodes[next], of: unit.output) {
                for channel in scale.indices {
                    unit.scale[channel] *= scale[channel]
                    unit.shift[channel] = unit.shift[channel] * scale[channel] + shift[channel]
                }
                unit.output = output
                taken.insert(next)
                last = next
                continue
            }
            if let activation = activation(nodes[next]), activation.slopes == nil {
                unit.activation = activation.kind
                unit.output = output
                taken.insert(next)
                last = next
            }
            break
        }
        return (.channels(unit), last)
    }

    /// What a node does to each channel of one of its inputs, if that is `y = scale · x + shift` with constants.
    private func channelAffine(_ node: GraphNode, of source: ValueID) -> (scale: [Float], shift: [Float])? {
        guard let type = facts[source]?.type, type.rank >= 2 else { return nil }
        let channels = type.shape[1]
        if let layer = node.layer as? BatchNormalization {
            let parameters = (1...4).compactMap { constant(node.inputs[$0])?.array(of: Float.self) }
            guard parameters.count == 4 else { return nil }
            var scale: [Float] = [], shift: [Float] = []
            for channel in 0..<channels {
                let own = BatchNormalization.affine(
                    scale: parameters[0], bias: parameters[1], mean: parameters[2], variance: parameters[3],
                    channel: channel, epsilon: layer.epsilon)
                scale.append(own.scale)
                shift.append(own.shift)
            }
            return (scale, shift)
        }
        guard node.inputs.count == 2, let first = node.inputs[0], let second = node.inputs[1], first != second,
            let number = constant(first == source ? second : first), let values = perChannel(number, type)
        else { return nil }
        let ones = [Float](repeating: 1, count: channels), zeros = [Float](repeating: 0, count: channels)
        switch node.layer {
        case is Add: return (ones, values)
        case is Mul: return (values, zeros)
        case is Sub: return first == source ? (ones, values.map { -$0 }) : (ones.map { -$0 }, values)
        case is Div where first == source && !values.contains(0): return (values.map { 1 / $0 }, zeros)
        default: return nil
        }
    }

    /// One number for each channel, from a constant that broadcasts so.
    private func perChannel(_ constant: Tensor, _ type: TensorType) -> [Float]? {
        guard constant.element == .float32, constant.shape.count <= type.rank else { return nil }
        let values = constant.array(of: Float.self)
        if values.count == 1 { return [Float](repeating: values[0], count: type.shape[1]) }
        let axis = constant.shape.count - type.rank + 1
        guard axis >= 0, constant.shape[axis] == type.shape[1], values.count == type.shape[1] else { return nil }
        return values
    }

    /// A function of several operators that nothing comes before which could take it.
    private mutating func function(_ index: Int) -> (FusedNode, Int)? {
        let node = nodes[index]
        guard let source = node.inputs.first ?? nil, constant(source) == nil,
            let (function, last) = joinedFunction(source)
        else { return nil }
        return (.function(label: node.label, function, source: source, output: nodes[last].outputs[0]!), last)
    }
}
