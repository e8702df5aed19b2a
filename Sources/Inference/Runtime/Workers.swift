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
    public let width: Int
    private let parallelFor: ParallelFor
    private let interruption = Interruption()

    private final class Interruption: Sendable { let happened = Atomic(false) }

    public init(width: Int, parallelFor: @escaping ParallelFor) {
        self.width = width
        self.parallelFor = parallelFor
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
    var wasInterrupted: Bool { interruption.happened.load(ordering: .relaxed) }

    /// Calls `body` for each index.
    ///
    /// The closure may hold pointers, which the compiler cannot see to be safe: each call must write only what is its
    /// own.
    func forEach(_ count: Int, _ body: (Int) -> Void) {
        if width == 1 || count <= 1 {
            for index in 0..<count { body(index) }
            return
        }
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
