import CLinux
import Glibc
import Synchronization

/// Threads that stay together for a whole run and wait for its loops awake: waking one up takes longer than many a
/// layer.
///
/// `@unchecked Sendable`: `body` is written by the leader while no loop goes on, and read by those who have taken an
/// index of the loop that it was published with.
final class Team: @unchecked Sendable {
    /// Number of the loop, the end of what is left of it and the next index, in 24, 20 and 20 bits. The leader takes
    /// indices from the front and helpers from the back, so that each stays with the part of a picture, or of the
    /// weights, that it had in the layer before and that its cache still holds.
    private let ticket = Atomic<UInt64>(0)
    private let done = Atomic<Int>(0)
    private let hasLeader = Atomic(false)
    private let hasEnded = Atomic(false)
    private let isBusy = Atomic(false)
    private var body: ((Int) -> Void)?

    private static let bits: UInt64 = 20
    /// Rounds of waiting, about a microsecond each, that go by before the processor is left to others. Who gives it away
    /// may get it back only after milliseconds, which is longer than most networks take.
    private static let patience = 1000
    private static let mask: UInt64 = (1 << bits) - 1

    /// Whether the caller is the first to come, and so leads.
    func becomesLeader() -> Bool { !hasLeader.exchange(true, ordering: .acquiringAndReleasing) }

    /// Lets the helpers go.
    func end() { hasEnded.store(true, ordering: .releasing) }

    /// Takes part in the leader's loops until it ends the team.
    func help() {
        var rounds = 0
        while true {
            if takeIndex(fromFront: false) {
                rounds = 0
                continue
            }
            if hasEnded.load(ordering: .acquiring) { return }
            pause(&rounds)
        }
    }

    /// Waits a moment. Somebody else may need this processor, the leader or a helper first of all.
    private func pause(_ rounds: inout Int) {
        rounds += 1
        if rounds > Team.patience, rounds % 8 == 0 { sched_yield() }
        for _ in 0..<(rounds > 16 ? 64 : 4) { clinux_pause() }
    }

    /// The leader's loop: calls `body` once for each index. Loops inside loops go on one thread.
    func forEach(_ count: Int, _ body: (Int) -> Void) {
        if count <= 1 || count > Team.mask || isBusy.exchange(true, ordering: .acquiring) {
            for index in 0..<count { body(index) }
            return
        }
        withoutActuallyEscaping(body) { body in
            self.body = body
            done.store(0, ordering: .relaxed)
            let number = (ticket.load(ordering: .relaxed) >> (2 * Team.bits)) &+ 1
            ticket.store(number << (2 * Team.bits) | UInt64(count) << Team.bits, ordering: .releasing)
            while takeIndex(fromFront: true) {}
            var rounds = 0
            while done.load(ordering: .acquiring) < count { pause(&rounds) }
            self.body = nil
        }
        isBusy.store(false, ordering: .releasing)
    }

    /// Runs one more index of the loop that goes on, if there is one.
    private func takeIndex(fromFront: Bool) -> Bool {
        var seen = ticket.load(ordering: .acquiring)
        while seen & Team.mask < seen >> Team.bits & Team.mask {
            let (taken, now) = ticket.weakCompareExchange(
                expected: seen, desired: fromFront ? seen + 1 : seen - (1 << Team.bits),
                successOrdering: .acquiring, failureOrdering: .acquiring)
            if taken {
                body!(Int(fromFront ? seen & Team.mask : (seen >> Team.bits & Team.mask) - 1))
                done.add(1, ordering: .acquiringAndReleasing)
                return true
            }
            seen = now
        }
        return false
    }
}
