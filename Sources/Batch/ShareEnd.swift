import Specification

/// The last line of a share's report: the share came to its end.
public struct ShareEnd: Sendable, Equatable {
    public var share: Share
    public var seconds: Double
    /// It was asked to stop, and left inputs over.
    public var isInterrupted: Bool

    public init(share: Share, seconds: Double, isInterrupted: Bool) {
        self.share = share
        self.seconds = seconds
        self.isInterrupted = isInterrupted
    }

    public var json: JSONNode {
        .object([
            ("status", .string(isInterrupted ? "interrupted" : "ended")), ("shard", .string(share.text)),
            ("seconds", .number((seconds * 1e6).rounded() / 1e6)),
        ])
    }
}
