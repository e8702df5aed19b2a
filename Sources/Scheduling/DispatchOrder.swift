/// Which item starts next: the rules of the scheduler as a value, without threads, clocks or locks.
///
/// 1. **Readiness.** An item is ready when everything that it depends on has ended well enough. Items that can no
///    longer start (cancelled, or a dependency failed) are dropped first, ahead of every start.
/// 2. **Within a queue**: higher item priority first, then the order of arrival. The first ready item of a queue is its
///    head, and nothing in the queue overtakes it, not even while it waits for memory.
/// 3. **Between queues of one priority**: weighted round robin. A queue of weight 3 gets three starts where one of
///    weight 1 gets one, whatever the lengths of the queues. A queue that was empty has saved up nothing.
/// 4. **Between priorities**: a queue of higher priority goes first; but of every sixteen starts one belongs to the
///    queues below it, to the one that has waited longest, so that none is starved.
/// 5. **Memory.** An item starts only when its bytes are free. While a queue's head waits for memory, heads of other
///    queues that fit may start before it, sixteen times; after that the memory that becomes free is kept for it, and
///    until it starts only items that need no memory may start before it.
struct DispatchOrder {
    typealias ItemID = Int
    typealias QueueID = Int

    enum Next: Equatable {
        /// Run it; its memory is reserved.
        case start(ItemID)
        /// End it without running it.
        case drop(ItemID)
    }

    /// How many starts in a row queues of the highest priority get while others wait.
    static let startsBeforeLowerPriority = 15
    /// How many starts may go past a queue whose head waits for memory.
    static let startsPastWaitingHead = 16
    /// The heaviest weight of a queue.
    static let heaviestWeight = 1000

    private static let stride: UInt64 = 1 << 20

    private enum Phase { case waiting, ready, running, dropped }

    private struct Item {
        let queue: QueueID
        let priority: Int
        let memory: Int
        var phase: Phase
        var unmet: Int
        var dependents: [(item: ItemID, requiresSuccess: Bool)] = []
    }

    private struct Queue {
        let priority: Int
        let step: UInt64
        let limit: Int
        var isSuspended = false
        var ready = ReadyHeap()
        var readyCount = 0
        var waiting = 0
        var running = 0
        var dropped = 0
        /// Its place in the round robin: the queue with the smallest one is next.
        var pass: UInt64 = 0
        var lastStart: UInt64 = 0
        /// Starts that went past its head, which waits for memory.
        var passedOver = 0
    }

    let memory: Int
    private(set) var reserved = 0

    private var queues: [QueueID: Queue] = [:]
    private var items: [ItemID: Item] = [:]
    private var toDrop = Fifo<ItemID>()
    private var nextQueue = 0
    private var starts: UInt64 = 0
    private var startsOfHighest = 0
    /// For each priority, the place in the round robin of the queue that started last.
    private var roundRobin: [Int: UInt64] = [:]

    init(memory: Int) { self.memory = memory }

    // MARK: Queues

    mutating func addQueue(priority: Int, weight: Int, limit: Int) -> QueueID {
        precondition((1...Self.heaviestWeight).contains(weight), "a queue's weight is 1...\(Self.heaviestWeight)")
        precondition(limit >= 1, "a queue may run at least one item")
        nextQueue += 1
        queues[nextQueue] = Queue(priority: priority, step: Self.stride / UInt64(weight), limit: limit)
        return nextQueue
    }

    mutating func removeQueue(_ id: QueueID) {
        precondition(isEmpty(id), "a queue that has items is not removed")
        queues[id] = nil
    }

    func isEmpty(_ id: QueueID) -> Bool {
        guard let queue = queues[id] else { return true }
        return queue.waiting + queue.readyCount + queue.running + queue.dropped == 0
    }

    var isEmpty: Bool { items.isEmpty }

    /// Items that wait for others, are ready, and run, those to be dropped counting as waiting.
    func counts(_ id: QueueID) -> (waiting: Int, ready: Int, running: Int) {
        guard let queue = queues[id] else { return (0, 0, 0) }
        return (queue.waiting + queue.dropped, queue.readyCount, queue.running)
    }

    /// Items that have not ended.
    func items(of id: QueueID) -> [ItemID] { items.filter { $0.value.queue == id }.map(\.key) }

    func isSuspended(_ id: QueueID) -> Bool { queues[id]?.isSuspended ?? false }

    /// A suspended queue starts nothing; what runs goes on.
    mutating func setSuspended(_ isSuspended: Bool, _ id: QueueID) {
        update(id) { queue in
            queue.isSuspended = isSuspended
            queue.passedOver = 0
        }
        if !isSuspended { catchUp(id) }
    }

    mutating func resumeAll() {
        for id in queues.keys { setSuspended(false, id) }
    }

    // MARK: Items

    func queue(of id: ItemID) -> QueueID? { items[id]?.queue }

    /// Takes an item in.
    ///
    /// - Parameters:
    ///   - id: larger than those of items that arrived before.
    ///   - dependencies: items that were taken in and have not ended.
    mutating func add(
        _ id: ItemID, to queue: QueueID, priority: Int, memory: Int,
        after dependencies: [(item: ItemID, requiresSuccess: Bool)]
    ) {
        precondition(memory <= self.memory, "an item larger than the whole budget never starts")
        items[id] = Item(
            queue: queue, priority: priority, memory: memory, phase: .waiting, unmet: dependencies.count)
        update(queue) { $0.waiting += 1 }
        for dependency in dependencies {
            items[dependency.item]?.dependents.append((id, dependency.requiresSuccess))
        }
        if dependencies.isEmpty { makeReady(id) }
    }

    /// Gives up an item that has not started; false when it has.
    mutating func withdraw(_ id: ItemID) -> Bool {
        guard let item = items[id] else { return false }
        switch item.phase {
        case .waiting: update(item.queue) { $0.waiting -= 1 }
        case .ready: update(item.queue) { $0.readyCount -= 1 }
        case .running, .dropped: return false
        }
        items[id]?.phase = .dropped
        update(item.queue) { $0.dropped += 1 }
        toDrop.append(id)
        if item.phase == .ready { settleHead(item.queue) }
        return true
    }

    /// Ends an item that `takeNext` gave.
    ///
    /// - Returns: items that will be dropped, because they needed this one to succeed.
    mutating func end(_ id: ItemID, succeeded: Bool) -> [ItemID] {
        guard let item = items.removeValue(forKey: id) else { return [] }
        switch item.phase {
        case .running:
            reserved -= item.memory
            update(item.queue) { $0.running -= 1 }
        case .dropped: update(item.queue) { $0.dropped -= 1 }
        case .waiting, .ready: preconditionFailure("an item ends after it was taken")
        }
        var doomed: [ItemID] = []
        for dependent in item.dependents where items[dependent.item]?.phase == .waiting {
            if dependent.requiresSuccess, !succeeded {
                if withdraw(dependent.item) { doomed.append(dependent.item) }
            } else {
                items[dependent.item]?.unmet -= 1
                if items[dependent.item]?.unmet == 0 { makeReady(dependent.item) }
            }
        }
        return doomed
    }

    // MARK: The choice

    var hasNext: Bool { !toDrop.isEmpty || choose() != nil }

    mutating func takeNext() -> Next? {
        if let id = toDrop.popFirst() { return .drop(id) }
        guard let choice = choose(), let head = queues[choice.queue]?.ready.first, let item = items[head.item] else {
            return nil
        }
        starts += 1
        startsOfHighest = choice.isOfHighestPriority && choice.othersWait ? startsOfHighest + 1 : 0
        if item.memory > 0 {
            for queue in choice.passedOver { update(queue) { $0.passedOver += 1 } }
        }
        reserved += item.memory
        items[head.item]?.phase = .running
        let now = starts
        update(choice.queue) { queue in
            queue.ready.removeFirst()
            queue.readyCount -= 1
            queue.running += 1
            queue.lastStart = now
            queue.passedOver = 0
        }
        if let queue = queues[choice.queue] { roundRobin[queue.priority] = queue.pass }
        update(choice.queue) { $0.pass += $0.step }
        settleHead(choice.queue)
        return .start(head.item)
    }

    private struct Choice {
        let queue: QueueID
        let isOfHighestPriority: Bool
        /// Whether queues of lower priority could start something too.
        let othersWait: Bool
        /// Queues that would have been first but wait for memory.
        let passedOver: [QueueID]
    }

    private struct Candidate {
        let id: QueueID
        let priority: Int
        let pass: UInt64
        let lastStart: UInt64
        let passedOver: Int
        let memory: Int
    }

    private func choose() -> Choice? {
        var candidates: [Candidate] = []
        for (id, queue) in queues where !queue.isSuspended && queue.running < queue.limit {
            guard let head = queue.ready.first, let item = items[head.item] else { continue }
            candidates.append(
                Candidate(
                    id: id, priority: queue.priority, pass: queue.pass, lastStart: queue.lastStart,
                    passedOver: queue.passedOver, memory: item.memory))
        }
        guard let highest = candidates.map(\.priority).max() else { return nil }
        let othersWait = candidates.contains { $0.priority < highest }
        let isTurnOfOthers = othersWait && startsOfHighest >= Self.startsBeforeLowerPriority
        candidates.sort { left, right in
            let leftIsOther = left.priority < highest
            let rightIsOther = right.priority < highest
            if isTurnOfOthers {
                if leftIsOther != rightIsOther { return leftIsOther }
                if leftIsOther { return (left.lastStart, left.id) < (right.lastStart, right.id) }
            } else if left.priority != right.priority {
                return left.priority > right.priority
            }
            return (left.pass, left.id) < (right.pass, right.id)
        }
        var owed: Candidate?
        for candidate in candidates where candidate.passedOver >= Self.startsPastWaitingHead {
            if candidate.passedOver > owed?.passedOver ?? 0 { owed = candidate }
        }
        var passedOver: [QueueID] = []
        for candidate in candidates {
            let mayUseMemory = owed == nil || owed?.id == candidate.id
            if candidate.memory == 0 || (mayUseMemory && candidate.memory <= memory - reserved) {
                return Choice(
                    queue: candidate.id, isOfHighestPriority: candidate.priority == highest, othersWait: othersWait,
                    passedOver: passedOver)
            }
            if owed == nil { passedOver.append(candidate.id) }
        }
        return nil
    }

    // MARK: Bookkeeping

    private mutating func update(_ id: QueueID, _ change: (inout Queue) -> Void) {
        guard let index = queues.index(forKey: id) else { return }
        change(&queues.values[index])
    }

    private mutating func makeReady(_ id: ItemID) {
        guard let item = items[id] else { return }
        items[id]?.phase = .ready
        let wasEmpty = queues[item.queue]?.readyCount == 0
        update(item.queue) { queue in
            queue.waiting -= 1
            queue.readyCount += 1
            queue.ready.insert(ReadyHeap.Entry(priority: item.priority, item: id))
        }
        if wasEmpty { catchUp(item.queue) }
    }

    /// A queue that had nothing to start has saved up nothing.
    private mutating func catchUp(_ id: QueueID) {
        guard let priority = queues[id]?.priority, let current = roundRobin[priority] else { return }
        update(id) { $0.pass = max($0.pass, current) }
    }

    /// Takes items that were withdrawn off the top, so that the head is one that can start.
    private mutating func settleHead(_ id: QueueID) {
        while let head = queues[id]?.ready.first, items[head.item]?.phase != .ready {
            update(id) { $0.ready.removeFirst() }
        }
        if queues[id]?.ready.isEmpty == true { update(id) { $0.passedOver = 0 } }
    }
}
