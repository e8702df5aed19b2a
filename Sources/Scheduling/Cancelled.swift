/// What blocking work throws when its token says that nobody wants the result any more.
public struct Cancelled: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        /// Somebody asked for it, with the reason in words.
        case requested(String)
        /// The work took longer than it was allowed to.
        case timeLimit(Duration)
        /// The named item, which had to succeed first, did not.
        case dependency(String)
        /// The scheduler is shutting down.
        case shutdown
    }

    public let reason: Reason

    public init(_ reason: Reason) { self.reason = reason }

    public var description: String {
        switch reason {
        case .requested(let words): "cancelled: \(words)"
        case .timeLimit(let limit): "stopped after its time limit of \(limit); raise limits.seconds if it needs longer"
        case .dependency(let name): "not started, because “\(name)”, which had to succeed first, did not"
        case .shutdown: "stopped because the program is shutting down"
        }
    }
}
