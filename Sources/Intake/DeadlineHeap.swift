/// Keys by the instant at which they want attention, the earliest first.
struct DeadlineHeap<Key: Sendable>: Sendable {
    typealias Instant = ContinuousClock.Instant

    private var heap: [(due: Instant, key: Key)] = []

    var earliest: Instant? { heap.first?.due }
    var count: Int { heap.count }

    mutating func push(_ key: Key, due: Instant) {
        heap.append((due, key))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].due < heap[parent].due else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> (due: Instant, key: Key)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].due < heap[least].due
            {
                least = child
            }
            guard least != parent else { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    mutating func removeAll() {
        heap.removeAll()
    }
}
