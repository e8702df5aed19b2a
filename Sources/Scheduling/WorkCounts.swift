/// How many items of a queue are where; the last three count since the queue was made.
public struct WorkCounts: Hashable, Sendable {
    /// Wait for other items.
    public var waiting = 0
    /// Could start, and wait for their turn or for memory.
    public var ready = 0
    public var running = 0
    public var done = 0
    public var failed = 0
    public var cancelled = 0

    public init(
        waiting: Int = 0, ready: Int = 0, running: Int = 0, done: Int = 0, failed: Int = 0, cancelled: Int = 0
    ) {
        self.waiting = waiting
        self.ready = ready
        self.running = running
        self.done = done
        self.failed = failed
        self.cancelled = cancelled
    }

    /// Items that have not ended.
    public var open: Int { waiting + ready + running }
}
