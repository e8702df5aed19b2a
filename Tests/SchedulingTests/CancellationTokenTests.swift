import Testing

@testable import Scheduling

@Suite("A token says whether to stop, and why")
struct CancellationTokenTests {
    @Test("the first reason stays")
    func firstReason() {
        let token = CancellationToken()
        #expect(!token.isCancelled && token.reason == nil)
        token.cancel("first")
        token.cancel("second")
        #expect(token.isCancelled)
        #expect(token.reason == .requested("first"))
        #expect(throws: Cancelled(.requested("first"))) { try token.throwIfCancelled() }
    }

    @Test("cancellation goes down to children, not up")
    func family() {
        let parent = CancellationToken()
        let child = CancellationToken(parent: parent)
        let grandchild = CancellationToken(parent: child)
        grandchild.cancel("only this")
        #expect(!child.isCancelled && !parent.isCancelled)
        parent.cancel("all")
        #expect(child.isCancelled && child.reason == .requested("all"))
        #expect(grandchild.reason == .requested("only this"))
        #expect(CancellationToken(parent: parent).isCancelled)
    }

    @Test("a time limit that has passed cancels, and the shortest counts")
    func timeLimit() {
        let token = CancellationToken(timeLimit: .seconds(3600))
        #expect(!token.isCancelled)
        token.limit(to: .zero)
        token.limit(to: .seconds(60))
        #expect(token.isCancelled)
        #expect(token.reason == .timeLimit(.zero))
        #expect(!CancellationToken(timeLimit: .seconds(Int64.max)).isCancelled)
    }

    @Test("a child notices the time limit of its parent")
    func parentLimit() {
        let parent = CancellationToken(timeLimit: .zero)
        #expect(CancellationToken(parent: parent).isCancelled)
        let other = CancellationToken()
        let child = CancellationToken(parent: other)
        other.limit(to: .zero)
        #expect(child.isCancelled && child.reason == .timeLimit(.zero))
    }

    @Test("a parent keeps nothing of children that are gone")
    func goneChildren() {
        let parent = CancellationToken()
        for _ in 0..<100 { _ = CancellationToken(parent: parent) }
        #expect(parent.handlerCount == 0)
    }

    @Test("a deadline is a moment, also at the ends of the clock")
    func clock() {
        let now = MonotonicTime.now
        #expect(now.advanced(by: .seconds(1)).nanoseconds == now.nanoseconds + 1_000_000_000)
        #expect(now.advanced(by: .seconds(Int64.max)).nanoseconds == .max)
        #expect(now.advanced(by: .seconds(-Int64.max)).nanoseconds == .min)
        #expect(MonotonicTime(nanoseconds: .min).timespec.tv_sec == 0)
    }
}
