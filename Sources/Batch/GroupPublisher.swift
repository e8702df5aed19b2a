import Outbox
import Scheduling
import Synchronization

/// Makes the results of many pictures safe and visible, in groups: while one group is on its way to the disk, the next
/// one gathers, so that the disk is waited for once for many pictures and never by those who compute.
final class GroupPublisher: Sendable {
    struct Entry: Sendable {
        let publication: Publication
        /// Called on the publisher's thread when everything is safe, or has failed.
        let end: @Sendable (Result<[PublishedFile], OutboxError>) -> Void
    }

    private struct State {
        var waiting: [Entry] = []
        /// With those on their way to the disk.
        var count = 0
        var isRunning = false
    }

    /// Each holds a few open files, of which a process may have a thousand.
    private static let limit = 64

    private let state = Mutex(State())
    /// A thread of its own: it sleeps in fsync.
    private let queue = WorkScheduler(width: 1, memory: .unlimited).makeQueue(name: "publish")
    private let onRoom: @Sendable () -> Void

    /// - Parameter onRoom: called after each group.
    init(onRoom: @escaping @Sendable () -> Void) {
        self.onRoom = onRoom
    }

    /// Whether more would only wait: whoever adds should pause until `onRoom`.
    var isFull: Bool { state.withLock { $0.count >= Self.limit } }

    func add(_ entry: Entry) {
        let starts = state.withLock { state in
            state.waiting.append(entry)
            state.count += 1
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard starts else { return }
        do {
            try queue.add(WorkItem(name: "publish") { _ in self.publishAll() })
        } catch {
            // The system gives no thread.
            publishAll()
        }
    }

    /// Returns when everything that was added is safe.
    func drain() { queue.waitUntilEmpty() }

    private func publishAll() {
        while true {
            let group = state.withLock { state in
                defer { state.waiting = [] }
                state.isRunning = !state.waiting.isEmpty
                return state.waiting
            }
            if group.isEmpty { return }
            for (entry, result) in zip(group, Publication.commit(group.map(\.publication))) { entry.end(result) }
            state.withLock { $0.count -= group.count }
            onRoom()
        }
    }
}
