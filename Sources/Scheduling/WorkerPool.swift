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
    /// Whether an item could start if a worker came; read by workers that help loops, without the lock.
    private let itemCouldStart = Atomic<Bool>(false)

    // Guarded by `lock`.
    private var order: DispatchOrder
    private var items: [Int: WorkItem] = [:]
    private var dropReasons: [Int: Cancelled.Reason] = [:]
    private var queues: [Int: QueueRecord] = [:]
    private var lastItem = 0
    private var loops: [ParallelLoop] = []
    private var aheads: [AheadWork] = []
    private var sleeping = 0
    private var busy = 0
    private var blocked = 0
    /// Threads from outside that take part in a loop of theirs right now.
    private var outsiders = 0
    private var live = 0
    private var stopping: ShutdownMode?

    private struct QueueRecord {
        var done = 0
        var failed = 0
        var cancelled = 0
        /// Its handle is gone: it goes too when it is empty.
        var isRetired = false
        var whenEmpty: [@Sendable () -> Void] = []
    }

    init(width requested: Int, memory: MemoryBudget) {
        order = DispatchOrder(memory: memory.bytes)
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
        case item(DispatchOrder.Next)
        case ahead(AheadWork)
        case loop(ParallelLoop)
    }

    private func runWorker() {
        lock.lock()
        while true {
            if let work = takeWork() {
                busy += 1
                // One wake-up for many arrivals is enough: who finds more passes it on.
                if sleeping > 0, hasWork { workArrived.signal() }
                perform(work)
                busy -= 1
            } else if stopping != nil, order.isEmpty {
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
        if let next = order.takeNext() {
            updateHint()
            return .item(next)
        }
        if let index = aheads.firstIndex(where: { mayHelp(isOutside: $0.isOutside) }) {
            let job = aheads.remove(at: index)
            job.phase = .running
            return .ahead(job)
        }
        // The loop with the fewest helpers, the oldest of several.
        return loops.filter(wantsHelp).min { $0.helperCount < $1.helperCount }.map(Work.loop)
    }

    private var hasWork: Bool {
        order.hasNext || aheads.contains { mayHelp(isOutside: $0.isOutside) } || loops.contains(where: wantsHelp)
    }

    private func wantsHelp(_ loop: ParallelLoop) -> Bool {
        loop.freeSeats > 0 && loop.hasIndices && mayHelp(isOutside: loop.isOutside)
    }

    /// Whether one more worker may help without making the whole wider than `width`: a thread from outside counts as
    /// one while it takes part in its loop, and so does the one that goes on after it has started a read-ahead.
    private func mayHelp(isOutside: Bool) -> Bool { busy + max(outsiders, isOutside ? 1 : 0) < width }

    /// Called with the lock held, which is given away while the work runs.
    private func perform(_ work: Work) {
        switch work {
        case .item(let next): perform(next)
        case .ahead(let job): perform(job, asWorker: true)
        case .loop(let loop):
            help(loop, asWorker: true, leaveWhen: { itemCouldStart.load(ordering: .relaxed) })
        }
    }

    private func wakeWorkers(_ count: Int) {
        for _ in 0..<min(count, sleeping) { workArrived.signal() }
    }

    /// Helpers of loops leave when an item could start in their place. Called with the lock held.
    private func updateHint() {
        itemCouldStart.store(!loops.isEmpty && order.hasNext, ordering: .relaxed)
    }

    // MARK: Queues

    func addQueue(priority: Int, weight: Int, limit: Int) -> Int {
        lock.withLock {
            let id = order.addQueue(priority: priority, weight: weight, limit: limit)
            queues[id] = QueueRecord()
            return id
        }
    }

    func retireQueue(_ id: Int) {
        lock.withLock {
            queues[id]?.isRetired = true
            removeIfRetired(id)
        }
    }

    private func removeIfRetired(_ id: Int) {
        guard queues[id]?.isRetired == true, order.isEmpty(id) else { return }
        queues[id] = nil
        order.removeQueue(id)
    }

    func isSuspended(_ id: Int) -> Bool { lock.withLock { order.isSuspended(id) } }

    func setSuspended(_ isSuspended: Bool, _ id: Int) {
        lock.withLock {
            order.setSuspended(isSuspended, id)
            updateHint()
            wakeWorkers(1)
        }
    }

    func counts(of id: Int) -> WorkCounts {
        lock.withLock {
            let now = order.counts(id)
            let past = queues[id] ?? QueueRecord()
            return WorkCounts(
                waiting: now.waiting, ready: now.ready, running: now.running, done: past.done, failed: past.failed,
                cancelled: past.cancelled)
        }
    }

    func cancelAll(of id: Int, _ reason: Cancelled.Reason) {
        let open = lock.withLock { withdraw(order.items(of: id).sorted(), reason) }
        for item in open { item.cancellation.cancel(reason) }
    }

    func waitUntilEmpty(_ id: Int) {
        precondition(!isOwnWorker, "an item that waits for a queue of its own scheduler may wait for itself")
        lock.withLock {
            while !order.isEmpty(id) {
                blocked += 1
                somethingEnded.wait(lock)
                blocked -= 1
            }
        }
    }

    /// Calls `handler` on some thread as soon as the queue is empty.
    func whenEmpty(_ id: Int, _ handler: @escaping @Sendable () -> Void) {
        let isEmpty = lock.withLock {
            if order.isEmpty(id) { return true }
            queues[id]?.whenEmpty.append(handler)
            return false
        }
        if isEmpty { handler() }
    }

    // MARK: Items

    /// Takes all of `added` into a queue, or none.
    func add(_ added: [WorkItem], to queue: Int) throws(SchedulingError) {
        let isWorker = isOwnWorker
        try lock.withLock { () throws(SchedulingError) in
            if live == 0, stopping == nil, let shortage { throw .noThreads(errno: shortage) }
            let sorted = try AddedItems(added, to: ObjectIdentifier(self), budget: order.memory).inDependencyOrder()
            if let first = added.first, let stopping, stopping == .abandon || !isWorker || live == 0 {
                throw .shutDown(item: first.name)
            }
            // Numbered in the order in which they were given, which is their order of arrival.
            for item in added {
                lastItem += 1
                items[lastItem] = item
                item.wasAdded(to: ObjectIdentifier(self), as: lastItem)
            }
            for (item, dependencies) in sorted { take(item, after: dependencies, to: queue) }
            updateHint()
            wakeWorkers(added.count)
        }
        for item in added {
            guard let id = item.place?.id else { continue }
            item.cancellation.onCancel { [weak self] _ in self?.withdraw(id) }
        }
    }

    private func take(_ item: WorkItem, after dependencies: [WorkItem.Dependency], to queue: Int) {
        guard let id = item.place?.id else { return }
        var open: [(item: Int, requiresSuccess: Bool)] = []
        var failed: WorkItem?
        for dependency in dependencies {
            let requiresSuccess = dependency.requirement == .success
            if let place = dependency.item.place, items[place.id] != nil {
                open.append((place.id, requiresSuccess))
            } else if requiresSuccess, case .ended(let outcome) = dependency.item.state, !outcome.isDone {
                failed = dependency.item
            }
        }
        order.add(id, to: queue, priority: item.priority, memory: item.memory, after: open)
        if let failed {
            dropReasons[id] = .dependency(failed.name)
            _ = order.withdraw(id)
        }
    }

    /// Gives up an item that has not started.
    private func withdraw(_ id: Int) {
        lock.withLock {
            guard order.withdraw(id) else { return }
            updateHint()
            wakeWorkers(1)
        }
    }

    /// Gives up those that have not started, in one step: were they cancelled one by one, the end of the first could
    /// let the next one start. Gives all that have not ended. Called with the lock held.
    private func withdraw(_ ids: [Int], _ reason: Cancelled.Reason) -> [WorkItem] {
        for id in ids where order.withdraw(id) { dropReasons[id] = reason }
        updateHint()
        wakeWorkers(1)
        return ids.compactMap { items[$0] }
    }

    /// Called with the lock held, which is given away while the item runs.
    private func perform(_ next: DispatchOrder.Next) {
        switch next {
        case .start(let id):
            guard let item = items[id] else { return }
            lock.unlock()
            var outcome = WorkOutcome.done
            enter(nil, item.cancellation, asWorker: true) { outcome = item.run() }
            item.finish(outcome)
            lock.lock()
            end(id, item, outcome)
        case .drop(let id):
            guard let item = items[id] else { return }
            let reason = dropReasons.removeValue(forKey: id)
            lock.unlock()
            if let reason { item.cancellation.cancel(reason) }
            let outcome = WorkOutcome.cancelled(Cancelled(item.cancellation.reason ?? .shutdown))
            item.finish(outcome)
            lock.lock()
            end(id, item, outcome)
        }
    }

    /// Called with the lock held, which is given away for a moment.
    private func end(_ id: Int, _ item: WorkItem, _ outcome: WorkOutcome) {
        items[id] = nil
        guard let queue = order.queue(of: id) else { return }
        for doomed in order.end(id, succeeded: outcome.isDone) { dropReasons[doomed] = .dependency(item.name) }
        switch outcome {
        case .done: queues[queue]?.done += 1
        case .failed: queues[queue]?.failed += 1
        case .cancelled: queues[queue]?.cancelled += 1
        }
        updateHint()
        guard order.isEmpty(queue) else { return }
        let handlers = queues[queue]?.whenEmpty ?? []
        queues[queue]?.whenEmpty = []
        removeIfRetired(queue)
        if blocked > 0 { somethingEnded.broadcast() }
        if stopping != nil, order.isEmpty { workArrived.broadcast() }
        if handlers.isEmpty { return }
        lock.unlock()
        for handler in handlers { handler() }
        lock.lock()
    }

    // MARK: Loops

    /// Runs `loop` on the calling thread and on whoever helps; returns when no thread runs any of it.
    func run(_ loop: ParallelLoop) {
        lock.withLock {
            if loop.isOutside { outsiders += 1 }
            loops.append(loop)
            updateHint()
            wakeWorkers(loop.freeSeats)
            // A thread that waits for an enclosing loop may help with this one.
            if blocked > 0, loop.parent != nil { somethingEnded.broadcast() }
        }
        let isWorker = isOwnWorker
        enter(loop, loop.cancellation, asWorker: isWorker) { loop.takePart(leaveWhen: { false }) }
        lock.withLock {
            loops.removeAll { $0 === loop }
            wait(for: loop, asWorker: isWorker) { loop.helperCount == 0 }
            if loop.isOutside {
                outsiders -= 1
                if sleeping > 0, hasWork { workArrived.signal() }
            }
        }
    }

    /// Called with the lock held, which is given away while indices run.
    private func help(_ loop: ParallelLoop, asWorker: Bool, leaveWhen shouldLeave: () -> Bool) {
        loop.freeSeats -= 1
        loop.helperCount += 1
        lock.unlock()
        enter(loop, loop.cancellation, asWorker: asWorker) { loop.takePart(leaveWhen: shouldLeave) }
        lock.lock()
        loop.freeSeats += 1
        loop.helperCount -= 1
        if loop.helperCount == 0, blocked > 0 { somethingEnded.broadcast() }
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

    /// Takes no more items from outside; the threads end once there is nothing left to do.
    func stop(_ mode: ShutdownMode) {
        let abandoned = lock.withLock { () -> [WorkItem] in
            if stopping != .abandon { stopping = mode }
            order.resumeAll()
            updateHint()
            workArrived.broadcast()
            return mode == .abandon ? withdraw(items.keys.sorted(), .shutdown) : []
        }
        for item in abandoned { item.cancellation.cancel(.shutdown) }
    }

    /// Waits until every thread has ended; false when `deadline` passes first.
    func waitForEnd(until deadline: MonotonicTime?) -> Bool {
        precondition(!isOwnWorker, "a worker that waits for the end of all workers waits for itself")
        return lock.withLock {
            while live > 0 {
                blocked += 1
                defer { blocked -= 1 }
                if let deadline {
                    if !somethingEnded.wait(lock, until: deadline), live > 0 { return false }
                } else {
                    somethingEnded.wait(lock)
                }
            }
            return true
        }
    }
}
