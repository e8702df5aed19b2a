import Glibc
import Testing

@testable import Scheduling

@Suite("A parallel loop runs every index once and returns when all have ended")
struct ParallelLoopTests {
    private struct Refused: Error, Equatable { let index: Int }

    /// How often each of `count` indices ran.
    private final class Tally: Sendable {
        private let counts: Guarded<[Int]>
        init(_ count: Int) { counts = Guarded(Array(repeating: 0, count: count)) }
        func note(_ index: Int) { counts.withLock { $0[index] += 1 } }
        var all: [Int] { counts.withLock { $0 } }
    }

    @Test("every index runs exactly once", arguments: [1, 2, 8], [0, 1, 2, 7, 1000])
    func everyIndexOnce(width: Int, count: Int) throws {
        let scheduler = WorkScheduler(width: width, memory: .unlimited)
        let tally = Tally(count)
        try scheduler.parallelFor(count) { tally.note($0) }
        #expect(tally.all == Array(repeating: 1, count: count))
    }

    @Test("loops nest to any depth", arguments: [1, 2, 8])
    func nested(width: Int) throws {
        let scheduler = WorkScheduler(width: width, memory: .unlimited)
        let tally = Tally(4 * 5 * 6)
        try scheduler.parallelFor(4) { a in
            try scheduler.parallelFor(5) { b in
                try scheduler.parallelFor(6) { c in tally.note((a * 5 + b) * 6 + c) }
            }
        }
        #expect(tally.all.allSatisfy { $0 == 1 })
    }

    @Test("the error of the lowest failing index comes out", arguments: [1, 2, 8])
    func lowestFailure(width: Int) throws {
        let scheduler = WorkScheduler(width: width, memory: .unlimited)
        for _ in 0..<50 {
            let error = #expect(throws: Refused.self) {
                try scheduler.parallelFor(200) { index in
                    if index % 10 == 7 { throw Refused(index: index) }
                }
            }
            #expect(error?.index == 7)
        }
    }

    @Test("no index is handed out after a failure in a loop of one thread")
    func stopsAfterFailure() throws {
        let scheduler = WorkScheduler(width: 4, memory: .unlimited)
        let tally = Tally(10)
        #expect(throws: Refused(index: 3)) {
            try scheduler.parallelFor(10, maximumWidth: 1) { index in
                tally.note(index)
                if index == 3 { throw Refused(index: index) }
            }
        }
        #expect(tally.all == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    }

    @Test("never more threads take part than the cap allows", arguments: [1, 2, 3])
    func cap(cap: Int) throws {
        let scheduler = WorkScheduler(width: 8, memory: .unlimited)
        let running = Guarded((now: 0, most: 0))
        try scheduler.parallelFor(500, maximumWidth: cap) { _ in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            running.withLock { $0.now -= 1 }
        }
        #expect(running.withLock { $0.most } <= cap)
    }

    @Test("a loop from outside takes no more threads than the scheduler is wide")
    func outsideCountsAsOne() throws {
        let scheduler = WorkScheduler(width: 2, memory: .unlimited)
        let running = Guarded((now: 0, most: 0))
        try scheduler.parallelFor(20) { _ in
            try scheduler.parallelFor(20) { _ in
                running.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
                running.withLock { $0.now -= 1 }
            }
        }
        #expect(running.withLock { $0.most } <= 2)
    }

    @Test("cancellation stops the loop and says why", arguments: [1, 2, 8])
    func cancellation(width: Int) throws {
        let scheduler = WorkScheduler(width: width, memory: .unlimited)
        let token = CancellationToken()
        let error = #expect(throws: Cancelled.self) {
            try scheduler.parallelFor(1_000_000, cancellation: token) { index in
                if index == 5 { token.cancel("enough") }
            }
        }
        #expect(error?.reason == .requested("enough"))
    }

    @Test("a loop inside a loop obeys the token of the outer one")
    func inheritedCancellation() throws {
        let scheduler = WorkScheduler(width: 4, memory: .unlimited)
        let token = CancellationToken()
        #expect(throws: Cancelled(.requested("enough"))) {
            try scheduler.parallelFor(4, cancellation: token) { _ in
                try scheduler.parallelFor(1_000_000) { index in
                    if index == 5 { token.cancel("enough") }
                }
            }
        }
    }

    @Test("cancellation after the last index changes nothing")
    func lateCancellation() throws {
        let scheduler = WorkScheduler(width: 2, memory: .unlimited)
        let token = CancellationToken()
        try scheduler.parallelFor(1, cancellation: token) { _ in token.cancel("late") }
        let other = CancellationToken()
        try scheduler.parallelFor(8, maximumWidth: 1, cancellation: other) { if $0 == 7 { other.cancel("late") } }
    }

    // MARK: Who helps

    @Test("a thread that waits for its loop helps with loops inside it")
    func waitingThreadHelps() throws {
        let scheduler = WorkScheduler(width: 2, memory: .unlimited)
        let opener = pthread_self()
        let workerArrived = Counter()
        let inside = Counter()
        try scheduler.parallelFor(2) { _ in
            if pthread_equal(pthread_self(), opener) != 0 {
                // Leaves as soon as the other index is taken, and has to wait for it then.
                while workerArrived.value == 0 { usleepForTests() }
            } else {
                workerArrived.add(1)
                try scheduler.parallelFor(2) { _ in
                    // Ends only if two threads come, and there are no others.
                    inside.add(1)
                    while inside.value < 2 { usleepForTests() }
                }
            }
        }
        #expect(inside.value >= 2)
    }

    @Test("a helper leaves a loop when an item could start in its place")
    func helperLeaves() throws {
        let scheduler = WorkScheduler(width: 2, memory: .unlimited)
        let queue = scheduler.makeQueue(name: "folder")
        let helpers = Counter()
        let looping = WorkItem(name: "looping") { _ in
            let own = pthread_self()
            try scheduler.parallelFor(1_000_000_000) { _ in
                if pthread_equal(pthread_self(), own) == 0 { helpers.add(1) }
                usleepForTests()
            }
        }
        try queue.add(looping)
        while helpers.value == 0 { usleepForTests() }
        // The loop ends only when this item runs, and both workers are in the loop.
        try queue.add(WorkItem(name: "next") { _ in looping.cancel("the next one runs") })
        queue.waitUntilEmpty()
        #expect(queue.counts == WorkCounts(done: 1, cancelled: 1))
    }
}
