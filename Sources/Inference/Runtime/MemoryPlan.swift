import ONNX

/// Gives every value between the layers a place in one arena, so that values which are never needed at the same time
/// share memory.
struct MemoryPlan {
    private let nodes: [PlanNode]
    private let facts: [ValueFacts?]
    private let graph: NetworkGraph

    private(set) var steps: [Plan.Step] = []
    private(set) var places: [ValueID: Plan.Place] = [:]
    private(set) var types: [ValueID: TensorType] = [:]
    private(set) var arenaByteCount = 0
    private(set) var outputByteCount = 0
    /// The most working memory that a thread needs in any step.
    private(set) var pieceByteCount = 0

    var total: Int { arenaByteCount + outputByteCount + pieceByteCount }

    /// A piece of the arena and the steps during which it is in use.
    private struct Slot {
        var byteCount: Int
        var first: Int
        var last: Int
        var offset = 0
    }

    init(_ nodes: [PlanNode], facts: [ValueFacts?], graph: NetworkGraph) {
        self.nodes = nodes
        self.facts = facts
        self.graph = graph
    }

    mutating func assign() {
        var slots: [Slot] = []
        var slotOf: [ValueID: Int] = [:]
        var lastUse: [ValueID: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for case let id? in node.inputs { lastUse[id] = index }
        }
        for (id, value) in facts.enumerated() {
            guard let value else { continue }
            types[id] = value.type
            if let constant = value.constant, lastUse[id] != nil || graph.outputs.contains(id) {
                places[id] = .constant(constant.resident)
            }
        }
        for (index, id) in graph.inputs.enumerated() { places[id] = .input(index) }
        for id in graph.outputs where places[id] == nil {
            if let type = types[id] {
                places[id] = .output(id)
                outputByteCount += type.byteCount
            }
        }
        // What is reshaped into an output is made there.
        let late = Set(nodes.filter { $0.late != nil }.flatMap { $0.outputs.compactMap { $0 } })
        for node in nodes.reversed() where node.late == nil {
            guard let (source, target, _) = view(node), types[source]?.byteCount == types[target]?.byteCount,
                case .output? = places[target], places[source] == nil, !late.contains(source)
            else { continue }
            places[source] = places[target]
        }

        // The last step in which anybody reads the memory of a value: its own readers and those of its views.
        var end = lastUse
        for (index, node) in nodes.enumerated().reversed() where node.late == nil {
            guard let (source, target, _) = view(node) else { continue }
            end[source] = max(end[source] ?? 0, end[target] ?? index)
        }

        let hosts = hosts(late)
        // The value whose memory one lies in, and where in it.
        func home(_ id: ValueID) -> (root: ValueID, offset: Int) {
            var (root, offset) = (id, 0)
            while let host = hosts[root] { (root, offset) = (host.value, offset + host.offset) }
            return (root, offset)
        }
        var offsetOf: [ValueID: Int] = [:]

        for (index, node) in nodes.enumerated() {
            if node.late != nil {
                for case let id? in node.outputs { places[id] = .late }
                steps.append(
                    Plan.Step(
                        node: node, inputs: node.inputs.map { $0.flatMap { types[$0] } }, outputs: [], isLate: true,
                        scratchOffset: 0))
                continue
            }
            for case let id? in node.outputs where places[id] == nil {
                let (root, offset) = home(id)
                let view = view(node)
                if root == id, let (source, target, part) = view ?? overwritten(node), target == id,
                    let slot = slotOf[source], view != nil || slots[slot].last == index
                {
                    slotOf[id] = slot
                    offsetOf[id] = (offsetOf[source] ?? 0) + part
                    slots[slot].last = max(slots[slot].last, end[id] ?? index)
                } else if root != id || slotOf[id] != nil {
                    let slot = slotOf[root] ?? slots.count
                    if slot == slots.count {
                        slots.append(Slot(byteCount: types[root]!.byteCount, first: index, last: end[root] ?? index))
                        slotOf[root] = slot
                    }
                    slotOf[id] = slot
                    offsetOf[id] = offset
                    slots[slot].last = max(slots[slot].last, end[id] ?? index)
                } else {
                    slotOf[id] = slots.count
                    slots.append(Slot(byteCount: types[id]!.byteCount, first: index, last: end[id] ?? index))
                }
            }
            var step = Plan.Step(
                node: node, inputs: node.inputs.map { $0.flatMap { types[$0] } },
                outputs: node.outputs.map { $0.flatMap { types[$0] } }, isLate: false, scratchOffset: -1)
            pieceByteCount = max(pieceByteCount, node.computation.pieceScratchByteCount)
            let scratch = node.computation.scratchByteCount(inputs: step.inputs, outputs: step.outputs)
            if scratch > 0 {
                step.scratchOffset = slots.count
                slots.append(Slot(byteCount: scratch, first: index, last: index))
            }
            steps.append(step)
        }
        for (id, index) in lastUse where isLateValue(id) && !graph.outputs.contains(id) {
            steps[index].releases.append(id)
        }

        arenaByteCount = MemoryPlan.pack(&slots)
        for (id, slot) in slotOf { places[id] = .arena(slots[slot].offset + (offsetOf[id] ?? 0)) }
        for index in steps.indices {
            let slot = steps[index].scratchOffset
            steps[index].scratchOffset = slot < 0 || steps[index].isLate ? 0 : slots[slot].offset
        }
    }

    /// Values that are made within the memory of a longer one, where a concatenation puts them.
    private func hosts(_ late: Set<ValueID>) -> [ValueID: (value: ValueID, offset: Int)] {
        var hosts: [ValueID: (value: ValueID, offset: Int)] = [:]
        for node in nodes where node.late == nil {
            guard let concat = node.computation as? BlockedConcatComputation, let output = node.outputs[0],
                places[output] == nil, let type = types[output]
            else { continue }
            for (part, offset) in zip(node.inputs, concat.offsets(output: type)) {
                guard let part, let offset, places[part] == nil, hosts[part] == nil, !late.contains(part) else {
                    continue
                }
                hosts[part] = (output, offset)
            }
        }
        return hosts
    }

    private func isLateValue(_ id: ValueID) -> Bool {
        if case .late? = places[id] { true } else { false }
    }

    /// The input that the node's first output is a view of, and where in it.
    private func view(_ node: PlanNode) -> (source: ValueID, target: ValueID, offset: Int)? {
        guard let offset = node.computation.viewOffset, let source = node.inputs[0], let target = node.outputs[0],
            types[source] != nil, types[target] != nil
        else { return nil }
        return (source, target, offset)
    }

    /// The input whose memory the node's first output may take over, and that output.
    private func overwritten(_ node: PlanNode) -> (source: ValueID, target: ValueID, offset: Int)? {
        guard let index = node.computation.inPlaceInput, let source = node.inputs[index], let target = node.outputs[0],
            let from = types[source], let to = types[target], from.byteCount == to.byteCount
        else { return nil }
        // What another input also reads must not be overwritten while it is read.
        if node.inputs.filter({ $0 == source }).count > 1 { return nil }
        return (source, target, 0)
    }

    /// Places the slots, the largest first, each at the lowest offset where nothing that lives at the same time is.
    private static func pack(_ slots: inout [Slot]) -> Int {
        struct Placed {
            var first: Int
            var last: Int
            var begin: Int
            var end: Int
        }
        // By where they begin, so that the first gap is found on the way up.
        var placed: [Placed] = []
        placed.reserveCapacity(slots.count)
        var total = 0
        for index in slots.indices.sorted(by: { slots[$0].byteCount > slots[$1].byteCount }) {
            let slot = slots[index]
            let size = TensorStorage.size(of: slot.byteCount)
            var offset = 0
            for other in placed where other.first <= slot.last && slot.first <= other.last {
                if offset + size <= other.begin { break }
                offset = max(offset, other.end)
            }
            slots[index].offset = offset
            var (low, high) = (0, placed.count)
            while low < high {
                let middle = (low + high) / 2
                if placed[middle].begin < offset { low = middle + 1 } else { high = middle }
            }
            placed.insert(Placed(first: slot.first, last: slot.last, begin: offset, end: offset + size), at: low)
            total = max(total, offset + size)
        }
        return total
    }
}
