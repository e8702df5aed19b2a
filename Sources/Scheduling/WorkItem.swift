/// One piece of blocking work: a file to process, a folder to clean up.
///
/// An item is added to one queue, once, and ends once: done, failed or cancelled. Its body runs on one worker from
/// beginning to end, or not at all. Its closures are let go of as soon as it has ended.
public final class WorkItem: Sendable {
    public enum State: Sendable {
        /// Not added yet.
        case new
        /// Added; waits for other items, for its turn or for memory.
        case waiting
        case running
        case ended(WorkOutcome)
    }

    /// What an item asks of one that it depends on.
    public enum Requirement: Hashable, Sendable {
        /// It has to succeed; if it does not, this item is cancelled.
        case success
        /// It has to end, in whatever way.
        case end
    }

    /// For messages.
    public let name: String
    /// Within its queue, items of higher priority start first.
    public let priority: Int
    /// Bytes that are reserved from before the start until after the end.
    public let memory: Int
    /// How long the body may run; its token says so then.
    public let timeLimit: Duration?
    /// The item's own token, which its body gets.
    public let cancellation: CancellationToken

    struct Dependency {
        let item: WorkItem
        let requirement: Requirement
    }

    private struct Content {
        var state = State.new
        var dependencies: [Dependency] = []
        var body: (@Sendable (CancellationToken) throws -> Void)?
        var onEnd: (@Sendable (WorkOutcome) -> Void)?
        /// The pool and the number there; nil before it was added.
        var place: (pool: ObjectIdentifier, id: Int)?
    }

    private let content: Guarded<Content>

    /// - Parameters:
    ///   - name: for messages.
    ///   - priority: within the queue, higher first; 0 by default.
    ///   - memory: bytes to reserve; an item that needs more than the whole budget is refused.
    ///   - timeLimit: how long the body may run, from its start on; nil is no limit.
    ///   - cancellation: a token whose cancellation cancels this item too.
    ///   - onEnd: called once, on a worker, with what became of the item; before that the item has not ended: neither
    ///     do items that depend on it start, nor is its queue empty, nor its memory free.
    ///   - body: the work. What it throws is the outcome; throwing `Cancelled` is a cancellation, not a failure.
    public init(
        name: String, priority: Int = 0, memory: Int = 0, timeLimit: Duration? = nil,
        cancellation: CancellationToken? = nil, onEnd: (@Sendable (WorkOutcome) -> Void)? = nil,
        _ body: @escaping @Sendable (CancellationToken) throws -> Void
    ) {
        precondition(memory >= 0, "an item's memory is not negative")
        self.name = name
        self.priority = priority
        self.memory = memory
        self.timeLimit = timeLimit
        self.cancellation = CancellationToken(parent: cancellation)
        content = Guarded(Content(body: body, onEnd: onEnd))
    }

    public var state: State { content.withLock { $0.state } }

    /// Makes this item start after `item` has ended. Only before it is added to a queue.
    public func addDependency(on item: WorkItem, _ requirement: Requirement = .success) {
        content.withLock { content in
            guard case .new = content.state else {
                preconditionFailure("dependencies are named before the item is added")
            }
            content.dependencies.append(Dependency(item: item, requirement: requirement))
        }
    }

    /// Cancels this item: if it has not started, its body never runs; if it runs, its token says so.
    public func cancel(_ words: String) { cancellation.cancel(words) }

    // MARK: What the pool does

    var dependencies: [Dependency] { content.withLock { $0.dependencies } }

    var place: (pool: ObjectIdentifier, id: Int)? { content.withLock { $0.place } }

    func wasAdded(to pool: ObjectIdentifier, as id: Int) {
        content.withLock { content in
            content.state = .waiting
            content.place = (pool, id)
            content.dependencies = []
        }
    }

    func run() -> WorkOutcome {
        let body = content.withLock { content in
            content.state = .running
            return content.body
        }
        if let timeLimit { cancellation.limit(to: timeLimit) }
        do {
            try cancellation.throwIfCancelled()
            try body?(cancellation)
            return .done
        } catch let cancelled as Cancelled {
            return .cancelled(cancelled)
        } catch {
            return .failed(error)
        }
    }

    /// Tells the owner, and lets go of the closures.
    func finish(_ outcome: WorkOutcome) {
        let onEnd = content.withLock { content in
            defer { content.onEnd = nil }
            return content.onEnd
        }
        onEnd?(outcome)
        let body = content.withLock { content in
            defer { content.body = nil }
            content.state = .ended(outcome)
            return content.body
        }
        _ = body
    }
}
