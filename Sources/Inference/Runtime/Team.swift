import CLinux
import Glibc
import Synchronization

/// Threads that stay together for a whole run and wait for its loops awake: waking one up takes longer than many a
/// layer.
///
/// `@unchecked Sendable`: `body` is written by the leader while no loop goes on, and read by those who have taken an
/// index of the loop that it was published with.
final class Team: @unchecked Sendable {
    /// Number of the loop, its count and the next index, in 24, 20 and 20 bits.
    private let ticket = Atomic<UInt64>(0)
    private let done = Atomic<Int>(0)
    private let hasLeader = Atomic(false)
    private let hasEnded = Atomic(false)
    private let isBusy = Atomic(false)
    private var body: ((Int) -> Void)?

    private static let bits: UInt64 = 20
    private static let mask: UInt64 = (1 << bits) - 1

    /// Whether the caller is the first to come, and so leads.
    func becomesLeader() -> Bool { !hasLeader.exchange(true, ordering: .acquiringAndReleasing) }

    /// Lets the helpers go.
    func end() { hasEnded.store(true, ordering: .releasing) }

    /// Takes part in the leader's loops until it ends the team.
    func help() {
        var idle = 0
        while true {
            if takeIndex() {
                idle = 0
                continue
            }
            if hasEnded.load(ordering: .acquiring) { return }
            idle += 1
            // Somebody else may need this processor, the leader first of all.
            if idle % 2048 == 0 { sched_yield() } else { clinux_pause() }
        }
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
            while takeIndex() {}
            var rounds = 0
            while done.load(ordering: .acquiring) < count {
                rounds += 1
                if rounds % 2048 == 0 { sched_yield() } else { clinux_pause() }
            }
            self.body = nil
        }
        isBusy.store(false, ordering: .releasing)
    }

    /// Runs the next index of the loop that goes on, if there is one.
    private func takeIndex() -> Bool {
        var seen = ticket.load(ordering: .acquiring)
        while seen & Team.mask < seen >> Team.bits & Team.mask {
            let (taken, now) = ticket.weakCompareExchange(
                expected: seen, desired: seen + 1, successOrdering: .acquiring, failureOrdering: .acquiring)
            if taken {
                body!(Int(seen & Team.mask))
                done.add(1, ordering: .acquiringAndReleasing)
                return true
            }
            seen = now
        }
        return false
    }
}
