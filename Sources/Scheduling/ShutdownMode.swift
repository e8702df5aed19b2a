/// How a scheduler ends.
public enum ShutdownMode: Hashable, Sendable {
    /// Everything that was added still runs, suspended queues included; items may still add items.
    case drain
    /// What has not started is cancelled, what runs is asked to stop.
    case abandon
}
