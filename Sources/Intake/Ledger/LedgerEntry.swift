import SystemPackage

/// What the ledger knows about one file.
public struct LedgerEntry: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        /// Seen, and nothing final is known.
        case waiting
        /// A worker has it.
        case working
        case done
        case failed
        case ignored
    }

    /// Where the original is.
    public enum Place: String, Sendable {
        /// Where it was dropped.
        case dropped
        /// To be moved or deleted: results or failure are recorded already.
        case leaving
        case moved
        case deleted
        /// Somebody else took it away.
        case gone
    }

    public struct ID: Hashable, Sendable {
        public let row: Int64

        public init(row: Int64) {
            self.row = row
        }
    }

    public var id: ID
    /// The watched folder, absolute.
    public var folder: FilePath
    /// Relative to the folder.
    public var path: FilePath
    public var identity: FileIdentity
    public var hash: ContentHash?
    /// The hash of pipeline, models and version.
    public var pipeline: String?
    public var state: State
    public var place: Place
    /// Where a moved original is now, absolute.
    public var movedTo: FilePath?
    /// How often a worker took it.
    public var attempts: Int
    /// A word for programs and a sentence for people: why it failed, was ignored, or waits.
    public var code: String?
    public var reason: String?
    /// Milliseconds since 1970.
    public var firstSeen: Int64
    public var lastChange: Int64
    /// When it is tried again, in milliseconds since 1970.
    public var retryAt: Int64?
    public var outputs: [FilePath]
}

/// How many files a folder has seen, and what became of them.
public struct LedgerCounts: Sendable, Equatable {
    public var seen = 0
    public var done = 0
    public var failed = 0
    public var ignored = 0
    /// Including those in work.
    public var waiting = 0
    public var working = 0

    public init() {}

    /// Whether every file that was seen is accounted for.
    public var isBalanced: Bool { seen == done + failed + ignored + waiting }

    public static func + (left: LedgerCounts, right: LedgerCounts) -> LedgerCounts {
        var sum = left
        sum.seen += right.seen
        sum.done += right.done
        sum.failed += right.failed
        sum.ignored += right.ignored
        sum.waiting += right.waiting
        sum.working += right.working
        return sum
    }
}
