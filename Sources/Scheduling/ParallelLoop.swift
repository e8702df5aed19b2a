import Synchronization

/// One call of `parallelFor`: the indices still to hand out and the threads that take part.
final class ParallelLoop: WorkScope, @unchecked Sendable {
    /// The loop's body in a struct, so that reading it through a pointer needs no thunk.
    struct Body {
        let call: @Sendable (Int) throws -> Void
    }

    let count: Int
    let cancellation: CancellationToken?
    /// Whether a thread from outside opened it, and not inside another loop: it counts as one of the width.
    let isOutside: Bool

    // Guarded by the pool's lock.
    var freeSeats: Int
    var helperCount = 0

    // On the opener's stack; valid until it has closed the loop and no helper is left.
    private let body: UnsafePointer<Body>
    private let next = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)
    private let failure = Guarded<Failure?>(nil)

    private struct Failure {
        let index: Int
        let error: any Error
    }

    init(
        count: Int, seats: Int, body: UnsafePointer<Body>, cancellation: CancellationToken?, parent: WorkScope?,
        isOutside: Bool
    ) {
        self.count = count
        self.freeSeats = seats
        self.body = body
        self.cancellation = cancellation
        self.isOutside = isOutside
        super.init(parent: parent)
    }

    /// Whether a helper that came now would find an index to run.
    var hasIndices: Bool {
        !isStopped.load(ordering: .relaxed) && next.load(ordering: .relaxed) < count
    }

    /// Runs indices on the calling thread until none is left, the loop is stopped, or `shouldLeave` says so.
    ///
    /// Never inlined: whatever it retains of the body is released when it returns, and only then may the opener's
    /// frame, on which the body lives, go away.
    @inline(never)
    func takePart(leaveWhen shouldLeave: () -> Bool) {
        let body = body.pointee
        while hasIndices {
            if let cancellation, cancellation.isCancelled {
                stop(at: .max, with: Cancelled(cancellation.reason ?? .shutdown))
                return
            }
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            if index >= count { return }
            do {
                try body.call(index)
            } catch {
                stop(at: index, with: error)
            }
            if shouldLeave() { return }
        }
    }

    /// Keeps the error of the lowest index. Indices are handed out in rising order and every one that was handed out
    /// runs to its end, so which index that is does not depend on the threads.
    private func stop(at index: Int, with error: any Error) {
        failure.withLock { failure in
            if let earlier = failure, earlier.index <= index { return }
            failure = Failure(index: index, error: error)
        }
        isStopped.store(true, ordering: .relaxed)
    }

    func throwFailure() throws {
        if let failure = failure.withLock({ $0 }) { throw failure.error }
    }
}
