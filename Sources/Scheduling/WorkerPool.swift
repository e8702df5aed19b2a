import Synchronization

/// The threads, and what they do next.
///
/// Every worker repeats: take the best work there is, run it, look again; sleep when there is none. A worker with
/// nothing on its stack may take anything. A thread that waits for a loop or a read-ahead only ever helps loops nested
/// in what it waits for: those have to end before its wait can, so that helping adds no dependency which was not there
/// already, and the waits form no circle.
final class WorkerPool: @unchecked Sendable {
    // Written in `init` only.
    /// How many threads run work at the same time, a thread of the caller's included.
    private(set) var width = 1
    /// The errno that ended the creation of threads early; nil when all were created.
    private(set) var shortage: Int32?

    private let lock = Lock()
    /// Sleeping workers wait here.
    private let workArrived = Condition()
    /// Threads that wait for the end of something wait here.
    private let somethingEnded = Condition()

    // Guarded by `lock`.
    private var loops: [ParallelLoop] = []
    private var aheads: [AheadWork] = []
    private var sleeping = 0
    private var busy = 0
    private var blocked = 0
    /// Threads from outside that take part in a loop of theirs right now.
    private var outsiders = 0
    private var live = 0
    private var isStopping = false

    init(width requested: Int) {
        lock.withLock {
            for index in 0..<requested {
                let status = WorkerThread.start(name: "worker-\(index)") { self.runWorker() }
                if status != 0 {
                    shortage = status
                    break
                }
                live += 1
            }
            width = max(live, 1)
        }
    }

    // MARK: Workers

    private enum Work {
        case loop(ParallelLoop)
        case ahead(AheadWork)
    }

    private func runWorker() {
        lock.lock()
        while true {
            if let work = takeWork() {
                busy += 1
                perform(work)
                busy -= 1
            } else if isStopping {
                break
            } else {
                sleeping += 1
                workArrived.wait(lock)
                sleeping -= 1
            }
        }
        live -= 1
        somethingEnded.broadcast()
        lock.unlock()
    }

    /// The best work for a worker that has nothing on its stack. Called with the lock held.
    private func takeWork() -> Work? {
        if let index = aheads.firstIndex(where: { mayHelp(isOutside: $0.isOutside) }) {
            let job = aheads.remove(at: index)
            job.phase = .running
            return .ahead(job)
        }
        let open = loops.filter { $0.freeSeats > 0 && $0.hasIndices && mayHelp(isOutside: $0.isOutside) }
        return open.min { $0.helpers.load(ordering: .relaxed) < $1.helpers.load(ordering: .relaxed) }.map(Work.loop)
    }

    /// Whether one more worker may help without making the whole wider than `width`: a thread from outside counts as
    /// one while it takes part in its loop, and so does the one that goes on after it has started a read-ahead.
    private func mayHelp(isOutside: Bool) -> Bool { busy + max(outsiders, isOutside ? 1 : 0) < width }

    /// Called with the lock held, which is given away while the work runs.
    private func perform(_ work: Work) {
        switch work {
        case .loop(let loop): help(loop, asWorker: true, leaveWhen: { false })
        case .ahead(let job): perform(job, asWorker: true)
        }
    }

    private func wakeWorkers(_ count: Int) {
        for _ in 0..<min(count, sleeping) { workArrived.signal() }
    }

    // MARK: Loops

    /// Runs `loop` on the calling thread and on whoever helps; returns when no thread runs any of it.
    func run(_ loop: ParallelLoop) {
        lock.withLock {
            if loop.isOutside { outsiders += 1 }
            loops.append(loop)
            wakeWorkers(loop.freeSeats)
            // A thread that waits for an enclosing loop may help with this one.
            if blocked > 0, loop.parent != nil { somethingEnded.broadcast() }
        }
        let isWorker = isOwnWorker
        enter(loop, loop.cancellation, asWorker: isWorker) { loop.takePart(leaveWhen: { false }) }
        lock.withLock {
            loops.removeAll { $0 === loop }
            wait(for: loop, asWorker: isWorker) { loop.helpers.load(ordering: .relaxed) == 0 }
            if loop.isOutside { outsiders -= 1 }
        }
    }

    /// Called with the lock held, which is given away while indices run.
    private func help(_ loop: ParallelLoop, asWorker: Bool, leaveWhen shouldLeave: () -> Bool) {
        loop.freeSeats -= 1
        loop.helpers.wrappingAdd(1, ordering: .relaxed)
        lock.unlock()
        enter(loop, loop.cancellation, asWorker: asWorker) { loop.takePart(leaveWhen: shouldLeave) }
        lock.lock()
        loop.freeSeats += 1
        let left = loop.helpers.wrappingSubtract(1, ordering: .releasing).newValue
        if left == 0, blocked > 0 { somethingEnded.broadcast() }
    }

    // MARK: Read-ahead

    func offer(_ job: AheadWork) {
        lock.withLock {
            aheads.append(job)
            wakeWorkers(1)
        }
    }

    /// Takes back a read-ahead that has not begun; false if it has.
    @discardableResult
    func withdraw(_ job: AheadWork) -> Bool {
        lock.withLock {
            guard job.phase == .offered else { return false }
            aheads.removeAll { $0 === job }
            job.phase = .ended
            return true
        }
    }

    /// Returns when `job` has ended; runs it here if nobody has begun it.
    func finish(_ job: AheadWork) {
        let isWorker = isOwnWorker
        lock.withLock {
            if job.phase == .offered {
                aheads.removeAll { $0 === job }
                job.phase = .running
                perform(job, asWorker: isWorker)
            }
            wait(for: job, asWorker: isWorker) { job.phase == .ended }
        }
    }

    /// Called with the lock held, which is given away while the body runs.
    private func perform(_ job: AheadWork, asWorker: Bool) {
        lock.unlock()
        enter(job, job.cancellation, asWorker: asWorker) { job.perform() }
        lock.lock()
        job.phase = .ended
        if blocked > 0 { somethingEnded.broadcast() }
    }

    // MARK: Waiting

    /// Returns when `hasEnded`, and helps loops nested in `scope` until then. Called with the lock held.
    private func wait(for scope: WorkScope, asWorker: Bool, until hasEnded: () -> Bool) {
        while !hasEnded() {
            if let nested = loops.first(where: { $0.freeSeats > 0 && $0.hasIndices && $0.isWithin(scope) }) {
                help(nested, asWorker: asWorker, leaveWhen: { lock.withLock(hasEnded) })
            } else {
                blocked += 1
                somethingEnded.wait(lock)
                blocked -= 1
            }
        }
    }

    // MARK: Frames

    /// Whether the calling thread is one of this pool's workers.
    var isOwnWorker: Bool {
        guard let frame = ThreadFrame.current else { return false }
        return frame.isWorker && frame.pool === self
    }

    private func enter(
        _ scope: WorkScope?, _ cancellation: CancellationToken?, asWorker: Bool, _ body: () -> Void
    ) {
        ThreadFrame(pool: self, scope: scope, cancellation: cancellation, isWorker: asWorker).enter(body)
    }

    // MARK: The end

    /// Tells the threads to end once there is nothing left to do.
    func stop() {
        lock.withLock {
            isStopping = true
            workArrived.broadcast()
        }
    }

    /// Waits until every thread has ended; false when `deadline` passes first.
    func waitForEnd(until deadline: MonotonicTime?) -> Bool {
        lock.withLock {
            while live > 0 {
                guard let deadline else {
                    somethingEnded.wait(lock)
                    continue
                }
                if !somethingEnded.wait(lock, until: deadline), live > 0 { return false }
            }
            return true
        }
    }
}
