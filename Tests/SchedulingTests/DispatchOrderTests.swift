import Testing

@testable import Scheduling

@Suite("The next item is chosen by rules, without threads")
struct DispatchOrderTests {
    /// Starts and ends items one at a time; gives their numbers in the order of their starts.
    private func drain(_ order: inout DispatchOrder, limit: Int = .max) -> [Int] {
        var started: [Int] = []
        while started.count < limit, let next = order.takeNext() {
            switch next {
            case .start(let id):
                started.append(id)
                _ = order.end(id, succeeded: true)
            case .drop(let id): _ = order.end(id, succeeded: false)
            }
        }
        return started
    }

    private func take(_ count: Int, from order: inout DispatchOrder) -> [DispatchOrder.Next?] {
        (0..<count).map { _ in order.takeNext() }
    }

    /// Fills a queue with items numbered from `first` on.
    private func fill(_ order: inout DispatchOrder, _ queue: Int, _ ids: Range<Int>, priority: Int = 0, memory: Int = 0)
    {
        for id in ids { order.add(id, to: queue, priority: priority, memory: memory, after: []) }
    }

    @Test("within a queue: priority first, then arrival")
    func withinQueue() {
        var order = DispatchOrder(memory: .max)
        let queue = order.addQueue(priority: 0, weight: 1, limit: .max)
        for (id, priority) in [0, 5, -1, 5, 0, 9].enumerated() {
            order.add(id, to: queue, priority: priority, memory: 0, after: [])
        }
        #expect(drain(&order) == [5, 1, 3, 0, 4, 2])
        #expect(order.isEmpty)
    }

    @Test("a full queue does not starve one with a single item")
    func fairness() {
        var order = DispatchOrder(memory: .max)
        let full = order.addQueue(priority: 0, weight: 1, limit: .max)
        let other = order.addQueue(priority: 0, weight: 1, limit: .max)
        fill(&order, full, 0..<10_000)
        #expect(drain(&order, limit: 500).count == 500)
        fill(&order, other, 10_000..<10_003)
        let next = drain(&order, limit: 6)
        #expect(next.filter { $0 >= 10_000 } == [10_000, 10_001, 10_002])
    }

    @Test("weights give shares", arguments: [(1, 1), (3, 1), (7, 2), (1000, 1)])
    func weights(first: Int, second: Int) {
        var order = DispatchOrder(memory: .max)
        let one = order.addQueue(priority: 0, weight: first, limit: .max)
        let two = order.addQueue(priority: 0, weight: second, limit: .max)
        fill(&order, one, 0..<5000)
        fill(&order, two, 5000..<10_000)
        let rounds = 2 * (first + second)
        let started = drain(&order, limit: rounds)
        #expect(abs(started.count { $0 < 5000 } - 2 * first) <= 1)
    }

    @Test("a queue that was empty for long has saved up nothing")
    func nothingSaved() {
        var order = DispatchOrder(memory: .max)
        let busy = order.addQueue(priority: 0, weight: 1, limit: .max)
        let idle = order.addQueue(priority: 0, weight: 1, limit: .max)
        fill(&order, busy, 0..<2000)
        _ = drain(&order, limit: 1000)
        fill(&order, idle, 2000..<3000)
        #expect(abs(drain(&order, limit: 100).count { $0 >= 2000 } - 50) <= 1)
    }

    @Test("priorities between queues: one start in sixteen goes to those below")
    func queuePriorities() {
        var order = DispatchOrder(memory: .max)
        let high = order.addQueue(priority: 9, weight: 1, limit: .max)
        let low = order.addQueue(priority: 0, weight: 1, limit: .max)
        let lowest = order.addQueue(priority: -9, weight: 1, limit: .max)
        fill(&order, low, 1000..<2000)
        fill(&order, lowest, 2000..<3000)
        fill(&order, high, 0..<1000)
        let started = drain(&order, limit: 160)
        #expect(started.count { $0 < 1000 } == 150)
        #expect(started.count { (1000..<2000).contains($0) } == 5)
        #expect(started.count { $0 >= 2000 } == 5)
        #expect(started.prefix(15).allSatisfy { $0 < 1000 })
    }

    @Test("a queue's limit holds, and others go on")
    func limits() {
        var order = DispatchOrder(memory: .max)
        let one = order.addQueue(priority: 1, weight: 1, limit: 2)
        let other = order.addQueue(priority: 0, weight: 1, limit: .max)
        fill(&order, one, 0..<5)
        fill(&order, other, 5..<6)
        #expect(take(4, from: &order) == [.start(0), .start(1), .start(5), nil])
        _ = order.end(1, succeeded: true)
        #expect(order.takeNext() == .start(2))
    }

    @Test("a suspended queue starts nothing until it is resumed")
    func suspension() {
        var order = DispatchOrder(memory: .max)
        let queue = order.addQueue(priority: 0, weight: 1, limit: .max)
        fill(&order, queue, 0..<1)
        order.setSuspended(true, queue)
        #expect(order.takeNext() == nil)
        order.setSuspended(false, queue)
        #expect(order.takeNext() == .start(0))
    }

    @Test("dependencies: nothing starts before what it needs has ended")
    func dependencies() {
        var order = DispatchOrder(memory: .max)
        let queue = order.addQueue(priority: 0, weight: 1, limit: .max)
        order.add(0, to: queue, priority: 0, memory: 0, after: [])
        order.add(1, to: queue, priority: 99, memory: 0, after: [(0, true)])
        order.add(2, to: queue, priority: 99, memory: 0, after: [(0, true), (1, true)])
        #expect(order.takeNext() == .start(0))
        #expect(order.takeNext() == nil)
        #expect(order.end(0, succeeded: true) == [])
        #expect(order.takeNext() == .start(1))
        #expect(order.takeNext() == nil)
        _ = order.end(1, succeeded: true)
        #expect(order.takeNext() == .start(2))
    }

    @Test("a failure dooms what needs success, and only that")
    func failedDependency() {
        var order = DispatchOrder(memory: .max)
        let queue = order.addQueue(priority: 0, weight: 1, limit: .max)
        order.add(0, to: queue, priority: 0, memory: 0, after: [])
        order.add(1, to: queue, priority: 0, memory: 0, after: [(0, true)])
        order.add(2, to: queue, priority: 0, memory: 0, after: [(0, false)])
        order.add(3, to: queue, priority: 0, memory: 0, after: [(1, true)])
        #expect(order.takeNext() == .start(0))
        #expect(order.end(0, succeeded: false) == [1])
        #expect(order.takeNext() == .drop(1))
        #expect(order.end(1, succeeded: false) == [3])
        #expect(order.takeNext() == .drop(3))
        #expect(order.end(3, succeeded: false) == [])
        #expect(order.takeNext() == .start(2))
    }

    @Test("a withdrawn item is dropped, whether it was ready or waited")
    func withdrawal() {
        var order = DispatchOrder(memory: .max)
        let queue = order.addQueue(priority: 0, weight: 1, limit: .max)
        fill(&order, queue, 0..<3)
        order.add(3, to: queue, priority: 0, memory: 0, after: [(2, true)])
        #expect(order.takeNext() == .start(0))
        let withdrawn = [0, 1, 3, 1].map { order.withdraw($0) }
        #expect(withdrawn == [false, true, true, false])
        #expect(take(3, from: &order) == [.drop(1), .drop(3), .start(2)])
        for id in [0, 1, 2, 3] { _ = order.end(id, succeeded: true) }
        #expect(order.isEmpty)
        #expect(order.takeNext() == nil)
    }

    // MARK: Memory

    @Test("reservations never pass the budget, and are given back")
    func budget() {
        var order = DispatchOrder(memory: 100)
        let queue = order.addQueue(priority: 0, weight: 1, limit: .max)
        fill(&order, queue, 0..<5, memory: 40)
        #expect(take(3, from: &order) == [.start(0), .start(1), nil])
        #expect(order.reserved == 80)
        _ = order.end(0, succeeded: true)
        #expect(order.takeNext() == .start(2))
        for id in [1, 2] { _ = order.end(id, succeeded: false) }
        #expect(drain(&order) == [3, 4])
        #expect(order.reserved == 0)
    }

    @Test("a stream of small items does not starve a big one")
    func bigItem() {
        var order = DispatchOrder(memory: 100)
        let small = order.addQueue(priority: 5, weight: 1000, limit: .max)
        let big = order.addQueue(priority: 0, weight: 1, limit: .max)
        fill(&order, small, 0..<1000, memory: 30)
        fill(&order, big, 1000..<1001, memory: 100)
        var running: [Int] = []
        var starts = 0
        while true {
            while let next = order.takeNext() {
                guard case .start(let id) = next else { continue }
                running.append(id)
                starts += 1
            }
            if running.contains(1000) { break }
            _ = order.end(running.removeFirst(), succeeded: true)
        }
        #expect(starts < 60)
        #expect(running == [1000])
    }

    @Test("items that need no memory pass one that waits for it")
    func noMemory() {
        var order = DispatchOrder(memory: 100)
        let one = order.addQueue(priority: 0, weight: 1, limit: .max)
        let other = order.addQueue(priority: 0, weight: 1, limit: .max)
        fill(&order, one, 0..<2, memory: 100)
        #expect(order.takeNext() == .start(0))
        fill(&order, other, 2..<52)
        #expect(drain(&order) == Array(2..<52))
        _ = order.end(0, succeeded: true)
        #expect(order.takeNext() == .start(1))
    }

    @Test("a suspended or emptied queue keeps no memory from others")
    func promiseEnds() {
        var order = DispatchOrder(memory: 100)
        let small = order.addQueue(priority: 5, weight: 1, limit: .max)
        let big = order.addQueue(priority: 0, weight: 1, limit: .max)
        fill(&order, small, 0..<200, memory: 60)
        fill(&order, big, 1000..<1001, memory: 90)
        var current: Int?
        while case .start(let id)? = order.takeNext() {
            if let ended = current { _ = order.end(ended, succeeded: true) }
            current = id
            if id >= 100 { break }
            if !order.hasNext {
                _ = order.end(id, succeeded: true)
                current = nil
            }
        }
        let isWithdrawn = order.withdraw(1000)
        #expect(isWithdrawn || current == 1000)
        if let current { _ = order.end(current, succeeded: true) }
        #expect(drain(&order).contains(199))
    }

    @Test("the same calls give the same order", arguments: [1, 2, 3])
    func deterministic(seed: Int) {
        func run() -> [Int] {
            var random = SplitMix(state: UInt64(seed))
            var order = DispatchOrder(memory: 1000)
            let queues = (0..<5).map { order.addQueue(priority: $0 % 2, weight: $0 + 1, limit: 3) }
            var started: [Int] = []
            var running: [Int] = []
            for id in 0..<2000 {
                order.add(
                    id, to: queues[random.next(5)], priority: random.next(3), memory: random.next(1001), after: [])
                if random.next(2) == 0, case .start(let next)? = order.takeNext() {
                    started.append(next)
                    running.append(next)
                }
                if !running.isEmpty, random.next(3) == 0 {
                    _ = order.end(running.remove(at: random.next(running.count)), succeeded: true)
                }
            }
            while !order.isEmpty {
                if case .start(let next)? = order.takeNext() {
                    started.append(next)
                    running.append(next)
                } else {
                    _ = order.end(running.removeFirst(), succeeded: true)
                }
                #expect(order.reserved <= 1000)
            }
            return started
        }
        let first = run()
        #expect(first.sorted() == Array(0..<2000))
        #expect(first == run())
    }
}

/// A small generator whose numbers are the same on every machine.
struct SplitMix {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(bound))
    }
}
