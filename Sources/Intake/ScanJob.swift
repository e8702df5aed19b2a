import SystemPackage

/// A walk through folders, a few names at a time.
struct ScanJob {
    enum Scope {
        /// The whole root; what it does not meet is gone.
        case root(IntakeNotice.ScanReason)
        /// A folder that appeared, with all beneath it.
        case subtree
        /// Folders that cannot be watched; those beneath them are entered only when they are new.
        case polled
    }

    let root: RootID
    let scope: Scope
    let started: ContinuousClock.Instant
    /// Folders still to be listed, the next one last.
    var pending: [FilePath]
    /// The folder that is being listed.
    var open: (path: FilePath, listing: FolderListing)?
    var files = 0
    var folders = 0
    /// Time spent in it so far.
    var busy = Duration.zero

    init(root: RootID, scope: Scope, pending: [FilePath], started: ContinuousClock.Instant) {
        self.root = root
        self.scope = scope
        self.pending = pending
        self.started = started
    }

    var isFull: Bool { fullReason != nil }

    /// Why a scan of the whole root was begun; nil for other scans.
    var fullReason: IntakeNotice.ScanReason? {
        if case .root(let reason) = scope { reason } else { nil }
    }

    var isPolling: Bool {
        if case .polled = scope { true } else { false }
    }
}
