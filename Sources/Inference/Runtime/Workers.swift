import Scheduling
import Synchronization

/// How a layer spreads its work: over one thread or many, with the same result to the last bit.
///
/// Work is cut into pieces by its size alone, never by the number of threads, and no piece reads what another writes.
/// One value serves one run.
public struct Workers: Sendable {
    /// Calls `body` once for each index in `0..<count`, in any order, perhaps at the same time, and returns when all
    /// calls have; false when it was stopped before the last one.
    public typealias ParallelFor = @Sendable (_ count: Int, _ body: @Sendable (Int) -> Void) -> Bool

    /// The most calls that run at the same time.
    public private(set) var width: Int
    private let parallelFor: ParallelFor
    private let interruption: Interruption
    private var team: Team?

    private final class Interruption: Sendable { let happened = Atomic(false) }

    public init(width: Int, parallelFor: @escaping ParallelFor) {
        self.width = width
        self.parallelFor = parallelFor
        interruption = Interruption()
    }

    /// The scheduler's threads, as far as they are idle. A cancelled work item stops the run.
    public init(_ scheduler: WorkScheduler, maximumWidth: Int? = nil) {
        self.init(width: min(scheduler.width, maximumWidth ?? scheduler.width)) { count, body in
            do {
                try scheduler.parallelFor(count, maximumWidth: maximumWidth, body)
                return true
            } catch {
                return false
            }
        }
    }

    /// Everything on the calling thread.
    public static var serial: Workers {
        Workers(width: 1) { count, body in
            for index in 0..<count { body(index) }
            return true
        }
    }

    /// Whether some of the work was left out, so that nothing computed since means anything.
    var wasInterrupted: Bool {
        // A team's loops do not ask; a loop of one asks for all of them.
        if team != nil, !parallelFor(1, { _ in }) { interruption.happened.store(true, ordering: .relaxed) }
        return interruption.happened.load(ordering: .relaxed)
    }

    /// The same run on one thread, which is still stopped when its work is cancelled.
    func narrowed() -> Workers {
        var one = self
        one.width = 1
        return one
    }

    /// Runs `body` with the same workers as a team, which waits for work awake until `body` ends.
    func together(_ body: (Workers) -> Void) {
        if width == 1 { return body(self) }
        let team = Team()
        var inside = self
        inside.team = team
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            let workers = inside
            let wasStarted = parallelFor(width) { _ in
                guard team.becomesLeader() else { return team.help() }
                body(workers)
                team.end()
            }
            if !wasStarted { interruption.happened.store(true, ordering: .relaxed) }
        }
    }

    /// Calls `body` for each index.
    ///
    /// The closure may hold pointers, which the compiler cannot see to be safe: each call must write only what is its
    /// own.
    func forEach(_ count: Int, _ body: (Int) -> Void) {
        if width == 1 || count <= 1 {
            for index in 0..<count { body(index) }
            return
        }
        if let team { return team.forEach(count, body) }
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            if !parallelFor(count, { body($0) }) { interruption.happened.store(true, ordering: .relaxed) }
        }
    }

    /// Calls `body` for ranges of at most `length` indices that together make up `0..<count`.
    func forEachRange(of count: Int, length: Int, _ body: (Range<Int>) -> Void) {
        forEach((count + length - 1) / length) { piece in
            body(piece * length..<min(count, (piece + 1) * length))
        }
    }
}
