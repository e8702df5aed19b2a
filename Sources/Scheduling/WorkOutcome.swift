/// What became of an item.
public enum WorkOutcome: Sendable {
    case done
    case failed(any Error)
    /// It did not start, or stopped because it was asked to.
    case cancelled(Cancelled)

    public var isDone: Bool {
        if case .done = self { true } else { false }
    }
}
