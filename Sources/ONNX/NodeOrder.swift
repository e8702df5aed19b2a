/// The nodes in an order in which every input is made before its use, otherwise as they stand in the file.
///
/// The format asks for sorted nodes; some writers do not keep to it, and sorting them is cheap.
///
/// - Parameter given: names that the graph's inputs and initializers make.
/// - Throws: `nameMadeTwice`, `nameNotMade` or `cycle`.
func sorted(_ nodes: [Node], given: Set<String>) throws(ModelError.Fault) -> [Node] {
    var maker: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
        for output in node.outputs where !output.isEmpty {
            if given.contains(output) || maker.updateValue(index, forKey: output) != nil {
                throw .nameMadeTwice(output, by: node.label)
            }
        }
    }
    var missing = [Int](repeating: 0, count: nodes.count)
    var users = [[Int]](repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
        for input in node.inputs where !input.isEmpty && !given.contains(input) {
            guard let source = maker[input] else { throw .nameNotMade(input, usedBy: node.label) }
            missing[index] += 1
            users[source].append(index)
        }
    }
    if nodes.indices.allSatisfy({ index in
        nodes[index].inputs.allSatisfy { (maker[$0] ?? -1) < index }
    }) {
        return nodes
    }

    var ready = nodes.indices.filter { missing[$0] == 0 }
    var order: [Node] = []
    var next = 0
    while next < ready.count {
        let index = ready[next]
        next += 1
        order.append(nodes[index])
        for user in users[index] {
            missing[user] -= 1
            if missing[user] == 0 { ready.append(user) }
        }
    }
    if order.count < nodes.count {
        let rest = nodes.indices.filter { missing[$0] > 0 }
        throw .cycle(cycle(among: rest, users: users).prefix(8).map { nodes[$0].label })
    }
    return order
}

/// One cycle among nodes each of which waits for another of them.
private func cycle(among rest: [Int], users: [[Int]]) -> [Int] {
    let waiting = Set(rest)
    var sources: [Int: Int] = [:]
    for node in rest {
        for user in users[node] where waiting.contains(user) { sources[user] = node }
    }
    var path: [Int] = []
    var place: [Int: Int] = [:]
    var at = rest[0]
    while place[at] == nil {
        place[at] = path.count
        path.append(at)
        guard let source = sources[at] else { return path }
        at = source
    }
    return path[place[at]!...].reversed()
}
