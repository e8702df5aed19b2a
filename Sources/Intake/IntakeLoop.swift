import Glibc
import SystemPackage

/// The intake's thread: events in, looks and scans, sightings out. Nothing in it is shared with another thread.
///
/// A folder is watched first and listed afterwards, so that nothing falls between; what is met twice is told apart by
/// the tracker. An event that was lost, from whatever cause, means another scan.
final class IntakeLoop {
    typealias Instant = ContinuousClock.Instant

    struct Root {
        var definition: WatchedRoot
        /// The folder that stood at the path when it was last looked at; nil while there is none.
        var identity: FolderIdentity?
        /// What has been told about the root and would be told again with each scan otherwise.
        var toldPolling: Set<IntakeNotice.PollingReason> = []
        var toldFolders: [FilePath: IgnoredReason] = [:]
        var toldMissing = false
        /// A full scan was asked for while one was running.
        var scanAgain: IntakeNotice.ScanReason?
        /// A scan ended early because the root could not be opened for a moment.
        var interruptedScan: IntakeNotice.ScanReason?
        /// Folders that are listed now and then instead of (or besides) being watched.
        var polled: Set<FilePath> = []
        var nextPoll: Instant
    }

    var connection: InotifyConnection?
    /// Why there is no connection.
    let connectionLimit: WatchLimit?
    let mailbox: Mailbox
    let observer: any IntakeObserver
    let intervals: WatchIntervals
    let clock = ContinuousClock()

    var roots: [RootID: Root] = [:]
    var tracker = SettleTracker()
    var watches = WatchMap()
    var jobs: [ScanJob] = []
    var sightings: [Sighting] = []
    var isStopping = false
    var toldIdle = false
    /// Events may be left in the library's buffer, where poll() does not see them.
    var mayHaveEvents = false
    var nextRootCheck: Instant
    var nextReconcile: Instant
    /// After a refused watch no other is tried until then.
    var watchesUsedUpUntil: Instant?
    var kinds: [UInt64: FileSystemKind] = [:]

    static let eventsPerTurn = 2048
    static let looksPerTurn = 256
    static let namesPerTurn = 512

    init(
        connection: InotifyConnection?, limit: WatchLimit? = nil, mailbox: Mailbox, observer: any IntakeObserver,
        intervals: WatchIntervals
    ) {
        self.connection = connection
        connectionLimit = limit
        self.mailbox = mailbox
        self.observer = observer
        self.intervals = intervals
        nextRootCheck = clock.now
        nextReconcile = clock.now + intervals.reconcile
    }

    func run() {
        while true {
            readMail()
            if isStopping { return }
            drainEvents()
            if connection?.wantsRenewal == true { renewConnection() }
            checkRoots()
            lookAtDueFiles()
            advanceScans()
            startPolls()
            if !sightings.isEmpty {
                observer.intakeSaw(sightings)
                sightings.removeAll(keepingCapacity: true)
            }
            tellIdle()
            sleep()
        }
    }

    func tellIdle() {
        let isIdle =
            !mayHaveEvents && jobs.isEmpty && tracker.isIdle
            && roots.values.allSatisfy { ($0.identity != nil && $0.interruptedScan == nil) || $0.toldMissing }
        if isIdle, !toldIdle { observer.intakeNoted(.idle) }
        toldIdle = isIdle
    }

    // MARK: Waiting

    func sleep() {
        guard !mayHaveEvents, jobs.isEmpty else { return }
        var wake = min(nextRootCheck, nextReconcile)
        if let due = tracker.nextDeadline { wake = min(wake, due) }
        for root in roots.values where !root.polled.isEmpty { wake = min(wake, root.nextPoll) }
        // Without a descriptor to wait on, the library is asked often enough for a file to be noticed at once.
        if connection != nil, connection?.descriptor == nil { wake = min(wake, clock.now + .milliseconds(20)) }
        let wait = clock.now.duration(to: wake)
        guard wait > .zero else { return }
        var descriptors = [
            pollfd(fd: mailbox.wakeDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: connection?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        // Rounded up: woken too early, the loop would spin until the time has come.
        let milliseconds = wait.components.seconds * 1000 + wait.components.attoseconds / 1_000_000_000_000_000 + 1
        _ = Glibc.poll(&descriptors, 2, Int32(clamping: milliseconds))
    }

    func readMail() {
        let now = clock.now
        for letter in mailbox.takeAll() {
            switch letter {
            case .setRoots(let definitions): setRoots(definitions)
            case .finished(let key, let outcome): tracker.finished(key, outcome, at: now)
            case .rescan(let id): scan(id, .requested)
            case .checkRoots: nextRootCheck = now
            case .stop: isStopping = true
            }
        }
    }

    // MARK: Looks

    func lookAtDueFiles() {
        let due = tracker.takeDue(at: clock.now, limit: Self.looksPerTurn)
        for (id, keys) in Dictionary(grouping: due, by: \.root) {
            let looked: Void? = withRoot(id) { root in
                for key in keys { look(at: key, in: root) }
            }
            if looked == nil {
                // The root is gone; the scan after its return looks at everything again.
                for key in keys { tracker.postpone(key, until: clock.now + intervals.rootCheck) }
            }
        }
    }

    func look(at key: FileKey, in root: borrowing RootFolder) {
        guard let definition = roots[key.root]?.definition else { return }
        let isLocal = kinds[root.identity.device] ?? .local == .local
        let look = root.look(at: key.path, matcher: definition.matcher, asksForWriters: isLocal)
        if case .file(let identity, _, _) = look, tracker.isNew(key), observer.isConcluded(key, identity) {
            tracker.adopt(key, concluded: identity)
        }
        if let sighting = tracker.looked(key, look, at: clock.now) { sightings.append(sighting) }
    }
}
