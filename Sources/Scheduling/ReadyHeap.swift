/// The items of one queue that could start, best first: higher priority, then earlier arrival.
struct ReadyHeap {
    struct Entry: Comparable {
        let priority: Int
        /// Its number, which is larger than that of items that arrived before.
        let item: Int

        static func < (left: Entry, right: Entry) -> Bool {
            left.priority == right.priority ? left.item < right.item : left.priority > right.priority
        }
    }

    private var entries: [Entry] = []

    var first: Entry? { entries.first }
    var isEmpty: Bool { entries.isEmpty }

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child] < entries[parent] else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() {
        guard let last = entries.popLast(), !entries.isEmpty else { return }
        entries[0] = last
        var parent = 0
        while true {
            var best = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && entries[child] < entries[best]
            {
                best = child
            }
            if best == parent { return }
            entries.swapAt(parent, best)
            parent = best
        }
    }
}
