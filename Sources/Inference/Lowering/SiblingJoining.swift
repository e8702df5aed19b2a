import NetworkKernels
import ONNX

/// Takes convolutions of one value that each leave part of their last block of channels empty as one, whose output is
/// split.
///
/// A block costs the same for one channel as for sixteen. Networks that find things end in many branches of a few
/// channels each, for scores, boxes and points; what follows all of them in the same way, a depthwise convolution or a
/// function, is joined too.
struct SiblingJoining {
    private(set) var known: FactPropagation.Result
    /// Names for the packed weights of joined convolutions, by their outputs. The outputs' own numbers do not do:
    /// another plan of the network may give them to something else.
    private(set) var keys: [ValueID: String] = [:]
    private let isOutput: Set<ValueID>
    private let constants: [Tensor?]
    private var users: [ValueID: [Int]] = [:]
    /// What stands in place of a node, if not itself.
    private var replacements: [Int: [GraphNode]] = [:]

    /// The least products for an element of the output that make up for splitting it.
    private static let leastProducts = 32
    /// The most bytes of weights that are copied for it.
    private static let mostWeightBytes = 4 << 20

    init(_ known: FactPropagation.Result, graph: NetworkGraph) {
        self.known = known
        isOutput = Set(graph.outputs)
        constants = graph.values.map(\.constant)
        for (index, node) in known.nodes.enumerated() {
            for case let id? in node.inputs { users[id, default: []].append(index) }
        }
    }

    /// A convolution with constant weights.
    private struct Member {
        var index: Int
        var layer: Conv
        var source: ValueID
        var weights: Tensor
        var bias: Tensor?
        var output: ValueID
        var window: [Window.Axis]

        var channels: Int { weights.shape[0] }
    }

    mutating func run() {
        for index in known.nodes.indices where replacements[index] == nil {
            guard let first = member(index), isJoinable(first) else { continue }
            let siblings = (users[first.source] ?? []).filter { $0 > index && replacements[$0] == nil }
                .compactMap(member).filter { isJoinable($0) && $0.window == first.window }
            let members = [first] + siblings
            let blocks = members.reduce(0) { $0 + BlockedLayout.blocks($1.channels) }
            guard blocks > BlockedLayout.blocks(members.reduce(0) { $0 + $1.channels }),
                members.reduce(0, { $0 + $1.weights.type.byteCount }) <= Self.mostWeightBytes
            else { continue }
            join(members)
        }
        if replacements.isEmpty { return }
        var nodes: [GraphNode] = [], isLate: [Bool] = []
        for (index, node) in known.nodes.enumerated() {
            let here = replacements[index] ?? [node]
            nodes += here
            isLate += here.map { _ in known.isLate[index] }
        }
        (known.nodes, known.isLate) = (nodes, isLate)
    }

    private func member(_ index: Int) -> Member? {
        let node = known.nodes[index]
        guard !known.isLate[index], let layer = node.layer as? Conv, let source = node.inputs[0],
            let output = node.outputs[0], let id = node.inputs[1], let weights = constants[id],
            let input = known.facts[source], input.constant == nil, input.type.rank == 4
        else { return nil }
        var bias: Tensor?
        if node.inputs.count > 2, let id = node.inputs[2] {
            guard let constant = constants[id] else { return nil }
            bias = constant
        }
        guard let spatial = try? layer.geometry(input: input.type, weights: weights.type, bias: bias?.type) else {
            return nil
        }
        return Member(
            index: index, layer: layer, source: source, weights: weights, bias: bias, output: output,
            window: spatial.axes)
    }

    private func isJoinable(_ member: Member) -> Bool {
        member.layer.group == 1 && member.channels % BlockedLayout.width != 0
            && member.weights.type.count(from: 1) >= Self.leastProducts
    }

    // MARK: Joining

    /// The joined nodes stand where the first of the members stood.
    private mutating func join(_ members: [Member]) {
        var made = [joined(members, source: members[0].source, group: 1)]
        var indices = members.map(\.index)
        var parts = members.map(\.output)
        while let next = followers(parts) {
            indices += next
            let whole = made[made.count - 1].outputs[0]!
            if let members = depthwise(next, parts) {
                made.append(joined(members, source: whole, group: known.facts[whole]!.type.shape[1]))
            } else {
                made.append(together(next, inputs: [whole], type: known.facts[whole]!.type))
            }
            parts = next.map { known.nodes[$0].outputs[0]! }
        }
        let split = GraphNode(
            label: made[made.count - 1].label, name: made[made.count - 1].name, operatorName: "Split",
            layer: Split(axis: 1, sizes: parts.map { known.facts[$0]!.type.shape[1] }),
            inputs: [made[made.count - 1].outputs[0]], outputs: parts)
        for index in indices { replacements[index] = [] }
        replacements[members[0].index] = made + [split]
    }

    /// The nodes that alone read the parts, if they do the same to all of them.
    private func followers(_ parts: [ValueID]) -> [Int]? {
        var found: [Int] = []
        for part in parts {
            guard !isOutput.contains(part), let users = users[part], users.count == 1, !known.isLate[users[0]],
                replacements[users[0]] == nil, known.nodes[users[0]].outputs[0] != nil
            else { return nil }
            found.append(users[0])
        }
        if depthwise(found, parts) != nil { return found }
        let functions = Set(found.map { (known.nodes[$0].layer as? any ElementwiseLayer)?.function })
        return functions.count == 1 && functions.first != .some(nil) ? found : nil
    }

    /// The followers as depthwise convolutions with the same window, if they are.
    private func depthwise(_ indices: [Int], _ parts: [ValueID]) -> [Member]? {
        let members = indices.compactMap(member)
        guard members.count == parts.count else { return nil }
        for (member, part) in zip(members, parts) {
            guard member.source == part, member.window == members[0].window,
                member.layer.group == member.channels, member.weights.shape[1] == 1,
                known.facts[part]!.type.shape[1] == member.channels
            else { return nil }
        }
        return members
    }

    private mutating func joined(_ members: [Member], source: ValueID, group: Int) -> GraphNode {
        let first = members[0], channels = members.reduce(0) { $0 + $1.channels }
        var layer = first.layer
        layer.group = group
        let weights = concatenated(members.map(\.weights), shape: [channels] + first.weights.shape.dropFirst())
        var inputs: [ValueID?] = [source, add(ValueFacts(weights))]
        if members.contains(where: { $0.bias != nil }) {
            let biases = members.map { $0.bias ?? Tensor(zeros: type([$0.channels])) }
            inputs.append(add(ValueFacts(concatenated(biases, shape: [channels]))))
        }
        var shape = known.facts[first.output]!.type.shape
        shape[1] = channels
        var node = together(members.map(\.index), inputs: inputs, type: type(shape))
        node.layer = layer
        keys[node.outputs[0]!] = members.map { "\($0.output)" }.joined(separator: "+")
        return node
    }

    /// A node that does to the joined value what these do to its parts.
    private mutating func together(_ indices: [Int], inputs: [ValueID?], type: TensorType) -> GraphNode {
        var node = known.nodes[indices[0]]
        node.label += " and \(indices.count - 1) beside it"
        node.inputs = inputs
        node.outputs = [add(ValueFacts(type))]
        return node
    }

    private mutating func add(_ facts: ValueFacts) -> ValueID {
        known.facts.append(facts)
        return known.facts.count - 1
    }

    private func concatenated(_ tensors: [Tensor], shape: [Int]) -> Tensor {
        Tensor(type(shape)) { view in
            var place = 0
            for tensor in tensors {
                tensor.withElements(of: Float.self) { elements in
                    for element in elements {
                        view.floats[place] = element
                        place += 1
                    }
                }
            }
        }
    }

    /// Sizes that sum up those of values which exist.
    private func type(_ shape: [Int]) -> TensorType {
        guard let type = try? TensorType(.float32, shape) else { preconditionFailure("the parts were checked") }
        return type
    }
}
