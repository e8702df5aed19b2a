extension WorkQueue {
    /// Adds work whose memory shows only when a part of it is done: reading a header tells what the pixels will take.
    ///
    /// It is two items, the first of which adds the second: a running item cannot reserve more, because items that hold
    /// memory and wait for more could wait for each other.
    ///
    /// - Parameters:
    ///   - timeLimit: for each of the two by itself.
    ///   - measure: gives the work that is left, or nil when nothing is.
    ///   - memory: what `work` reserves; called once. More than the scheduler's whole budget is for `measure` to refuse.
    ///   - abandoned: called instead of the rest when one of the items is cancelled before its body runs, or refused.
    public func addMeasured<Rest: Sendable>(
        name: String, timeLimit: Duration? = nil, cancellation: CancellationToken?,
        measure: @escaping @Sendable (CancellationToken) -> Rest?,
        memory: @escaping @Sendable (Rest) -> Int,
        work: @escaping @Sendable (Rest, CancellationToken) -> Void,
        abandoned: @escaping @Sendable () -> Void
    ) {
        @Sendable func add(memory: Int, _ body: @escaping @Sendable (CancellationToken) -> Void) {
            let item = WorkItem(
                name: name, memory: memory, timeLimit: timeLimit, cancellation: cancellation,
                onEnd: { outcome in
                    // The bodies themselves never throw.
                    if !outcome.isDone { abandoned() }
                }, body)
            do { try self.add(item) } catch { abandoned() }
        }
        add(memory: 0) { cancellation in
            guard let rest = measure(cancellation) else { return }
            add(memory: memory(rest)) { work(rest, $0) }
        }
    }
}
