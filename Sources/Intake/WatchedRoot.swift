import SystemPackage

/// A folder whose files are taken.
public struct WatchedRoot: Sendable {
    public enum Mode: Sendable {
        /// Events, and polling as well where events cannot be trusted.
        case automatic
        case polling
    }

    public var id: RootID
    /// Absolute.
    public var path: FilePath
    public var mode: Mode
    public var rule: SettleTracker.Rule
    public var matcher: PathMatcher
    /// Folders that are never entered, under whatever path they are met: those that this program writes into.
    public var forbidden: Set<FolderIdentity>

    public init(
        id: RootID, path: FilePath, mode: Mode = .automatic,
        rule: SettleTracker.Rule = SettleTracker.Rule(), matcher: PathMatcher, forbidden: Set<FolderIdentity> = []
    ) {
        self.id = id
        self.path = path
        self.mode = mode
        self.rule = rule
        self.matcher = matcher
        self.forbidden = forbidden
    }
}

/// How often the watcher looks after what no event tells.
public struct WatchIntervals: Sendable {
    /// Whether each root is still the folder that is watched.
    public var rootCheck: Duration
    /// A full scan of everything. It comes more seldom where it would cost more than 1/300 of a core.
    public var reconcile: Duration
    /// A listing of the folders that cannot be watched; more seldom where it would cost more than 1/20 of a core.
    public var poll: Duration

    public init(
        rootCheck: Duration = .seconds(2), reconcile: Duration = .seconds(60), poll: Duration = .seconds(2)
    ) {
        self.rootCheck = rootCheck
        self.reconcile = reconcile
        self.poll = poll
    }
}
