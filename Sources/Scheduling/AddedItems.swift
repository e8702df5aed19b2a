/// Items that are to be added together: checks them, and brings them into an order in which each comes after those
/// that it depends on.
struct AddedItems {
    private let items: [WorkItem]
    private let pool: ObjectIdentifier
    private let budget: Int

    init(_ items: [WorkItem], to pool: ObjectIdentifier, budget: Int) {
        self.items = items
        self.pool = pool
        self.budget = budget
    }

    func inDependencyOrder() throws(SchedulingError) -> [(item: WorkItem, dependencies: [WorkItem.Dependency])] {
        var indices: [ObjectIdentifier: Int] = [:]
        for (index, item) in items.enumerated() {
            guard case .new = item.state, indices.updateValue(index, forKey: ObjectIdentifier(item)) == nil else {
                throw .addedTwice(item: item.name)
            }
            guard item.memory <= budget else {
                throw .exceedsMemoryBudget(item: item.name, needed: item.memory, budget: budget)
            }
        }
        let dependencies = items.map(\.dependencies)
        var earlier: [[Int]] = []
        for (item, needed) in zip(items, dependencies) {
            earlier.append(try inside(needed, of: item, indices))
        }
        return try sorted(earlier).map { (items[$0], dependencies[$0]) }
    }

    /// The dependencies among the added items; others have to be in this pool already.
    private func inside(
        _ dependencies: [WorkItem.Dependency], of item: WorkItem, _ indices: [ObjectIdentifier: Int]
    ) throws(SchedulingError) -> [Int] {
        var inside: [Int] = []
        for dependency in dependencies.map(\.item) {
            if let index = indices[ObjectIdentifier(dependency)] {
                inside.append(index)
            } else if let place = dependency.place {
                guard place.pool == pool else {
                    throw .dependencyElsewhere(item: item.name, dependency: dependency.name)
                }
            } else {
                throw .dependencyNotAdded(item: item.name, dependency: dependency.name)
            }
        }
        return inside
    }

    /// A topological order that stays as close to the given one as it can.
    private func sorted(_ earlier: [[Int]]) throws(SchedulingError) -> [Int] {
        var later = [[Int]](repeating: [], count: items.count)
        var unmet = earlier.map(\.count)
        for (index, needed) in earlier.enumerated() {
            for other in needed { later[other].append(index) }
        }
        var order = items.indices.filter { unmet[$0] == 0 }
        var position = 0
        while position < order.count {
            for index in later[order[position]] {
                unmet[index] -= 1
                if unmet[index] == 0 { order.append(index) }
            }
            position += 1
        }
        guard order.count == items.count else { throw .dependencyCycle(cycle(earlier, unmet)) }
        return order
    }

    /// The names along a circle: from an item that never became ready, always to a dependency that did not either.
    private func cycle(_ earlier: [[Int]], _ unmet: [Int]) -> [String] {
        var path: [Int] = []
        var current = unmet.firstIndex { $0 > 0 }
        while let index = current {
            if let start = path.firstIndex(of: index) { return (path[start...] + [index]).map { items[$0].name } }
            path.append(index)
            current = earlier[index].first { unmet[$0] > 0 }
        }
        return path.map { items[$0].name }
    }
}
