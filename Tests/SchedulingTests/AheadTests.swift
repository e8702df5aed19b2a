import Testing

@testable import Scheduling

@Suite("A read-ahead runs once at most, here or there")
struct AheadTests {
    private struct Refused: Error {}

    @Test("every wait gives the same value", arguments: [1, 2, 8])
    func value(width: Int) throws {
        let scheduler = WorkScheduler(width: width, memory: .unlimited)
        for _ in 0..<200 {
            let runs = Counter()
            let ahead = scheduler.ahead { runs.add(1) }
            try scheduler.parallelFor(4) { _ in
                let value = try ahead.wait()
                #expect(value == 1)
            }
            #expect(runs.value == 1)
        }
    }

    @Test("its error comes out of every wait")
    func failure() {
        let scheduler = WorkScheduler(width: 2, memory: .unlimited)
        let ahead = scheduler.ahead { throw Refused() }
        #expect(throws: Refused.self) { try ahead.wait() }
        #expect(throws: Refused.self) { try ahead.wait() }
    }

    @Test("without an idle worker it runs where it is waited for")
    func lazily() throws {
        // One thread wide: the thread from outside counts as that one.
        let scheduler = WorkScheduler(width: 1, memory: .unlimited)
        let done = Counter()
        let ahead = scheduler.ahead { _ = done.add(1) }
        #expect(done.value == 0)
        try ahead.wait()
        #expect(done.value == 1)
    }

    @Test("a pipeline of strips: the next is decoded while this one is computed", arguments: [1, 2, 8])
    func pipeline(width: Int) throws {
        let scheduler = WorkScheduler(width: width, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        let sums = Guarded<[Int]>([])
        for _ in 0..<8 {
            try queue.add(
                WorkItem(name: "file") { _ in
                    var sum = 0
                    var next = scheduler.ahead { 0 }
                    for strip in 1...50 {
                        let current = try next.wait()
                        next = scheduler.ahead { strip }
                        let part = Counter()
                        try scheduler.parallelFor(4) { _ in part.add(current) }
                        sum += part.value
                    }
                    next.discard()
                    let total = sum
                    sums.withLock { $0.append(total) }
                })
        }
        queue.waitUntilEmpty()
        #expect(sums.withLock { $0 } == Array(repeating: 4 * 49 * 50 / 2, count: 8))
    }

    @Test("after discard the body neither runs nor will run", arguments: [1, 4])
    func discard(width: Int) throws {
        let scheduler = WorkScheduler(width: width, memory: .unlimited)
        for _ in 0..<200 {
            let running = Counter()
            let runs = Counter()
            let ahead = scheduler.ahead {
                running.add(1)
                runs.add(1)
                running.add(-1)
            }
            ahead.discard()
            #expect(running.value == 0)
            if runs.value == 0 { #expect(throws: Cancelled.self) { try ahead.wait() } }
        }
    }

    @Test("read-aheads and loops may nest in each other", arguments: [1, 2, 8])
    func nested(width: Int) throws {
        let scheduler = WorkScheduler(width: width, memory: .unlimited)
        let sum = Counter()
        try scheduler.parallelFor(6) { index in
            let outer = scheduler.ahead {
                let inner = scheduler.ahead { index }
                try scheduler.parallelFor(5) { _ in sum.add(try inner.wait()) }
                return 1
            }
            try scheduler.parallelFor(3) { _ in sum.add(try outer.wait()) }
        }
        #expect(sum.value == 5 * 15 + 6 * 3)
    }
}
