import Synchronization
import Testing

@testable import Scheduling

@Suite("A queue runs its items once, in order, within the budgets")
struct WorkQueueTests {
    private struct Refused: Error, Equatable {}

    /// Notes what happens, in order.
    private final class Log: Sendable {
        private let entries = Guarded<[String]>([])
        func note(_ entry: String) { entries.withLock { $0.append(entry) } }
        var all: [String] { entries.withLock { $0 } }
    }

    /// Holds whoever comes until it is opened.
    private final class Gate: Sendable {
        private let isOpen = Atomic<Bool>(false)
        private let arrived = Atomic<Bool>(false)
        func open() { isOpen.store(true, ordering: .releasing) }
        func pass() {
            arrived.store(true, ordering: .releasing)
            while !isOpen.load(ordering: .acquiring) { pause() }
        }
        func untilSomebodyWaits() { while !arrived.load(ordering: .acquiring) { pause() } }
        private func pause() { usleepForTests() }
    }

    @Test("one worker runs the items of one queue by priority, then by arrival")
    func order() throws {
        let scheduler = WorkScheduler(width: 1, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        let gate = Gate()
        let log = Log()
        try queue.add(WorkItem(name: "gate") { _ in gate.pass() })
        gate.untilSomebodyWaits()
        for (name, priority) in [("a", 0), ("b", 1), ("c", 0), ("d", 1)] {
            try queue.add(WorkItem(name: name, priority: priority) { _ in log.note(name) })
        }
        gate.open()
        queue.waitUntilEmpty()
        #expect(log.all == ["b", "d", "a", "c"])
        #expect(queue.counts.done == 5)
    }

    @Test("an item starts after what it depends on, in whatever order they were added", arguments: [1, 2, 8])
    func dependencies(width: Int) throws {
        let scheduler = WorkScheduler(width: width, memory: .unlimited)
        let one = scheduler.makeQueue(name: "one")
        let two = scheduler.makeQueue(name: "two")
        for _ in 0..<100 {
            let log = Log()
            let probe = WorkItem(name: "probe") { _ in log.note("probe") }
            let work = WorkItem(name: "work") { _ in log.note("work") }
            let clean = WorkItem(name: "clean") { _ in log.note("clean") }
            work.addDependency(on: probe)
            clean.addDependency(on: work)
            try one.add([clean, work, probe])
            let later = WorkItem(name: "later") { _ in log.note("later") }
            later.addDependency(on: clean)
            try two.add(later)
            one.waitUntilEmpty()
            two.waitUntilEmpty()
            #expect(log.all == ["probe", "work", "clean", "later"])
        }
    }

    @Test("items that wait for each other in a circle are refused, all of them")
    func cycle() throws {
        let scheduler = WorkScheduler(width: 1, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        let log = Log()
        let items = ["a", "b", "c", "d"].map { name in WorkItem(name: name) { _ in log.note(name) } }
        for (item, other) in [(1, 2), (2, 3), (3, 1)] { items[item].addDependency(on: items[other]) }
        let error = #expect(throws: SchedulingError.self) { try queue.add(items) }
        #expect(error == .dependencyCycle(["b", "c", "d", "b"]))
        let selfish = WorkItem(name: "self") { _ in }
        selfish.addDependency(on: selfish)
        #expect(throws: SchedulingError.dependencyCycle(["self", "self"])) { try queue.add(selfish) }
        queue.waitUntilEmpty()
        #expect(log.all == [])
    }

    @Test("what can never start is refused with the reason")
    func refusals() throws {
        let scheduler = WorkScheduler(width: 1, memory: MemoryBudget(bytes: 1000))
        let other = WorkScheduler(width: 1, memory: .unlimited).makeQueue(name: "elsewhere")
        let queue = scheduler.makeQueue(name: "folder")
        let big = WorkItem(name: "big.png", memory: 1001) { _ in }
        #expect(throws: SchedulingError.exceedsMemoryBudget(item: "big.png", needed: 1001, budget: 1000)) {
            try queue.add(big)
        }
        let lonely = WorkItem(name: "lonely") { _ in }
        lonely.addDependency(on: WorkItem(name: "never") { _ in })
        #expect(throws: SchedulingError.dependencyNotAdded(item: "lonely", dependency: "never")) {
            try queue.add(lonely)
        }
        let foreign = WorkItem(name: "foreign") { _ in }
        try other.add(foreign)
        let needy = WorkItem(name: "needy") { _ in }
        needy.addDependency(on: foreign)
        #expect(throws: SchedulingError.dependencyElsewhere(item: "needy", dependency: "foreign")) {
            try queue.add(needy)
        }
        let twice = WorkItem(name: "twice") { _ in }
        try queue.add(twice)
        #expect(throws: SchedulingError.addedTwice(item: "twice")) { try queue.add(twice) }
        queue.waitUntilEmpty()
        #expect(queue.counts == WorkCounts(done: 1))
    }

    @Test("a failed dependency cancels what needs its success", arguments: [false, true])
    func failedDependency(hasEnded: Bool) throws {
        let scheduler = WorkScheduler(width: 2, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        let log = Log()
        let failing = WorkItem(name: "failing", onEnd: { _ in log.note("failing ended") }) { _ in throw Refused() }
        let needy = WorkItem(name: "needy", onEnd: { log.note("\($0)") }) { _ in log.note("never") }
        let patient = WorkItem(name: "patient") { _ in log.note("patient") }
        needy.addDependency(on: failing)
        patient.addDependency(on: needy, .end)
        if hasEnded {
            try queue.add(failing)
            queue.waitUntilEmpty()
            try queue.add([needy, patient])
        } else {
            try queue.add([failing, needy, patient])
        }
        queue.waitUntilEmpty()
        #expect(log.all == ["failing ended", "\(WorkOutcome.cancelled(Cancelled(.dependency("failing"))))", "patient"])
        #expect(queue.counts == WorkCounts(done: 1, failed: 1, cancelled: 1))
    }

    // MARK: Cancellation

    @Test("an item cancelled before its start never runs; one that runs is told")
    func cancellation() throws {
        let scheduler = WorkScheduler(width: 1, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        let gate = Gate()
        let log = Log()
        let running = WorkItem(name: "running", onEnd: { log.note("\($0)") }) { token in
            gate.pass()
            try token.throwIfCancelled()
        }
        try queue.add(running)
        gate.untilSomebodyWaits()
        let waiting = WorkItem(name: "waiting", onEnd: { log.note("\($0)") }) { _ in log.note("never") }
        try queue.add(waiting)
        #expect(queue.counts == WorkCounts(ready: 1, running: 1))
        queue.cancelAll("enough")
        gate.open()
        queue.waitUntilEmpty()
        let told = "\(WorkOutcome.cancelled(Cancelled(.requested("enough"))))"
        #expect(log.all == [told, told])
        #expect(queue.counts == WorkCounts(cancelled: 2))
    }

    @Test("a parent token cancels items that wait for others, and their dependents")
    func parentToken() throws {
        let scheduler = WorkScheduler(width: 2, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        let gate = Gate()
        let parent = CancellationToken()
        let first = WorkItem(name: "first") { _ in gate.pass() }
        let second = WorkItem(name: "second", cancellation: parent) { _ in Issue.record("it was cancelled") }
        let third = WorkItem(name: "third") { _ in Issue.record("it needs the second") }
        second.addDependency(on: first)
        third.addDependency(on: second)
        try queue.add([first, second, third])
        parent.cancel("enough")
        gate.open()
        queue.waitUntilEmpty()
        #expect(queue.counts == WorkCounts(done: 1, cancelled: 2))
        guard case .ended(.cancelled(let reason)) = third.state else {
            Issue.record("third is \(third.state)")
            return
        }
        #expect(reason == Cancelled(.dependency("second")))
        let late = WorkItem(name: "late", cancellation: parent) { _ in Issue.record("it was cancelled before") }
        try queue.add(late)
        queue.waitUntilEmpty()
        #expect(queue.counts.cancelled == 3)
    }

    @Test("a time limit begins with the run and reaches loops inside")
    func timeLimit() throws {
        let scheduler = WorkScheduler(width: 2, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        let item = WorkItem(name: "slow", timeLimit: .milliseconds(5)) { _ in
            try scheduler.parallelFor(1_000_000_000) { _ in usleepForTests() }
        }
        try queue.add(item)
        queue.waitUntilEmpty()
        guard case .ended(.cancelled(let cancelled)) = item.state else {
            Issue.record("it is \(item.state)")
            return
        }
        #expect(cancelled == Cancelled(.timeLimit(.milliseconds(5))))
    }

    @Test("closures are let go of when the item has ended")
    func lifetimes() throws {
        final class Payload: Sendable {}
        let scheduler = WorkScheduler(width: 1, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        weak var observed: Payload?
        let item: WorkItem
        do {
            let payload = Payload()
            observed = payload
            item = WorkItem(name: "payload", onEnd: { _ in _ = payload }) { _ in _ = payload }
        }
        #expect(observed != nil)
        try queue.add(item)
        queue.waitUntilEmpty()
        #expect(observed == nil)
        withExtendedLifetime(item) {}
    }

    // MARK: Budgets

    @Test("items that run together never reserve more than the budget", arguments: [2, 8])
    func memory(width: Int) throws {
        let scheduler = WorkScheduler(width: width, memory: MemoryBudget(bytes: 100))
        let queues = (0..<3).map { scheduler.makeQueue(name: "\($0)", weight: $0 + 1) }
        let used = Guarded((now: 0, most: 0))
        var random = SplitMix(state: 7)
        for _ in 0..<2000 {
            let bytes = random.next(101)
            try queues[random.next(3)].add(
                WorkItem(name: "item", memory: bytes) { _ in
                    used.withLock {
                        $0.now += bytes
                        $0.most = max($0.most, $0.now)
                    }
                    used.withLock { $0.now -= bytes }
                })
        }
        for queue in queues { queue.waitUntilEmpty() }
        #expect(used.withLock { $0.most } <= 100)
        #expect(queues.map(\.counts.done).reduce(0, +) == 2000)
    }

    @Test("a hundred thousand tiny items all run", arguments: [1, 2, 8])
    func tinyItems(width: Int) throws {
        let scheduler = WorkScheduler(width: width, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        let sum = Counter()
        let count = 100_000 / (width == 2 ? 1 : 10)
        try queue.add(
            (0..<count).map { index in WorkItem(name: "") { _ in sum.add(index) } })
        queue.waitUntilEmpty()
        #expect(sum.value == count * (count - 1) / 2)
        #expect(queue.counts == WorkCounts(done: count))
    }

    @Test(
        "items, loops in items, loops from outside, read-aheads, failures and cancellations together",
        arguments: [1, 2, 8])
    func stress(width: Int) async throws {
        let scheduler = WorkScheduler(width: width, memory: MemoryBudget(bytes: 1000))
        let queues = (0..<4).map { scheduler.makeQueue(name: "\($0)", priority: $0 % 2, weight: $0 + 1) }
        let indices = Counter()
        var random = SplitMix(state: 3)
        var earlier: [WorkItem] = []
        for number in 0..<400 {
            let item = WorkItem(name: "\(number)", priority: random.next(3), memory: random.next(1001)) { token in
                if number % 17 == 0 { throw Refused() }
                let ahead = scheduler.ahead { number }
                try scheduler.parallelFor(number % 9) { _ in
                    try scheduler.parallelFor(3) { _ in indices.add(1) }
                }
                #expect(try ahead.wait() == number)
            }
            if let other = earlier.last, random.next(4) == 0 { item.addDependency(on: other, .end) }
            try queues[random.next(4)].add(item)
            if random.next(20) == 0 { item.cancel("chance") }
            earlier.append(item)
            if number % 40 == 0 { try scheduler.parallelFor(20) { _ in indices.add(1) } }
        }
        for queue in queues { await queue.untilEmpty() }
        let counts = queues.map(\.counts)
        #expect(counts.map { $0.done + $0.failed + $0.cancelled }.reduce(0, +) == 400)
        #expect(counts.allSatisfy { $0.open == 0 })
        #expect(scheduler.shutdown(.drain))
    }

    // MARK: Async

    @Test("async code gets values and errors, and its cancellation reaches the work")
    func bridge() async throws {
        let scheduler = WorkScheduler(width: 2, memory: MemoryBudget(bytes: 10))
        let queue = scheduler.makeQueue(name: "folder")
        #expect(try await queue.run(name: "sum") { _ in 1 + 1 } == 2)
        await #expect(throws: Refused.self) { try await queue.run(name: "refused") { _ in throw Refused() } }
        await #expect(throws: SchedulingError.self) { try await queue.run(name: "big", memory: 11) { _ in } }
        let gate = Gate()
        let task = Task {
            try await queue.run(name: "endless") { token in
                gate.open()
                while true { try token.throwIfCancelled() }
            }
        }
        gate.pass()
        task.cancel()
        await #expect(throws: Cancelled.self) { try await task.value }
    }

    // MARK: Shutdown

    @Test("draining runs everything, suspended queues and items added by items included")
    func drain() throws {
        let scheduler = WorkScheduler(width: 2, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        queue.isSuspended = true
        #expect(queue.isSuspended)
        let log = Log()
        try queue.add(
            WorkItem(name: "probe") { _ in try queue.add(WorkItem(name: "work") { _ in log.note("work") }) })
        #expect(scheduler.shutdown(.drain))
        #expect(log.all == ["work"])
        #expect(throws: SchedulingError.shutDown(item: "late")) { try queue.add(WorkItem(name: "late") { _ in }) }
        let sum = Counter()
        try scheduler.parallelFor(10) { sum.add($0) }
        #expect(sum.value == 45)
        #expect(try scheduler.ahead { 5 }.wait() == 5)
    }

    @Test("abandoning cancels what waits and asks what runs to stop")
    func abandon() throws {
        let scheduler = WorkScheduler(width: 1, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        let gate = Gate()
        try queue.add(
            WorkItem(name: "running") { token in
                gate.open()
                while true { try token.throwIfCancelled() }
            })
        try queue.add((0..<100).map { _ in WorkItem(name: "waiting") { _ in Issue.record("it was abandoned") } })
        gate.pass()
        #expect(scheduler.shutdown(.abandon))
        #expect(queue.counts == WorkCounts(cancelled: 101))
    }

    @Test("a shutdown with a limit comes back from work that does not listen")
    func limitedShutdown() throws {
        let scheduler = WorkScheduler(width: 1, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        let gate = Gate()
        try queue.add(WorkItem(name: "deaf") { _ in gate.pass() })
        gate.untilSomebodyWaits()
        #expect(!scheduler.shutdown(.abandon, within: .milliseconds(1)))
        gate.open()
        #expect(scheduler.shutdown(.abandon))
    }

    @Test("the threads end when nobody has the scheduler any more")
    func forgotten() throws {
        let ended = Gate()
        do {
            let queue = WorkScheduler(width: 2, memory: .unlimited).makeQueue(name: "folder")
            try queue.add(
                WorkItem(name: "running", onEnd: { _ in ended.open() }) { token in
                    while true { try token.throwIfCancelled() }
                })
        }
        ended.pass()
    }
}
