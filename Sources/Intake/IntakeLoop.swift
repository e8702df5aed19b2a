import Glibc
import SystemPackage

/// The intake's thread: events in, looks and scans, sightings out. Nothing in it is shared with another thread.
///
/// A folder is watched first and listed afterwards, so that nothing falls between; what is met twice is told apart by
/// the tracker. An event that was lost, from whatever cause, means another scan.
final class IntakeLoop {
    typealias Instant = ContinuousClock.Instant

    private struct Root {
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

    private var connection: InotifyConnection?
    /// Why there is no connection.
    private let connectionLimit: WatchLimit?
    private let mailbox: Mailbox
    private let observer: any IntakeObserver
    private let intervals: WatchIntervals
    private let clock = ContinuousClock()

    private var roots: [RootID: Root] = [:]
    private var tracker = SettleTracker()
    private var watches = WatchMap()
    private var jobs: [ScanJob] = []
    private var sightings: [Sighting] = []
    private var isStopping = false
    private var toldIdle = false
    /// Events may be left in the library's buffer, where poll() does not see them.
    private var mayHaveEvents = false
    private var nextRootCheck: Instant
    private var nextReconcile: Instant
    /// After a refused watch no other is tried until then.
    private var watchesUsedUpUntil: Instant?
    private var kinds: [UInt64: FileSystemKind] = [:]

    private static let eventsPerTurn = 2048
    private static let looksPerTurn = 256
    private static let namesPerTurn = 512

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

    private func tellIdle() {
        let isIdle =
            !mayHaveEvents && jobs.isEmpty && tracker.isIdle
            && roots.values.allSatisfy { ($0.identity != nil && $0.interruptedScan == nil) || $0.toldMissing }
        if isIdle, !toldIdle { observer.intakeNoted(.idle) }
        toldIdle = isIdle
    }

    // MARK: Waiting

    private func sleep() {
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

    private func readMail() {
        let now = clock.now
        for letter in mailbox.takeAll() {
            switch letter {
            case .setRoots(let definitions): setRoots(definitions)
            case .finished(let key, let outcome): tracker.finished(key, outcome, at: now)
            case .reconsider(let key): tracker.reconsider(key, at: now)
            case .rescan(let id): scan(id, .requested)
            case .checkRoots: nextRootCheck = now
            case .stop: isStopping = true
            }
        }
    }

    // MARK: Roots

    private func setRoots(_ definitions: [WatchedRoot]) {
        let kept = Dictionary(uniqueKeysWithValues: definitions.map { ($0.id, $0) })
        for (id, root) in roots where kept[id]?.path != root.definition.path {
            unwatchAll(watches.folders(of: id))
            jobs.removeAll { $0.root == id }
            tracker.remove(root: id)
            roots[id] = nil
        }
        for definition in definitions {
            tracker.setRule(definition.rule, for: definition.id)
            if roots[definition.id] != nil {
                roots[definition.id]?.definition = definition
                roots[definition.id]?.toldFolders = [:]
                unwatchUnwanted(definition)
                tracker.reconsiderIgnored(of: definition.id, at: clock.now)
                scan(definition.id, .requested)
            } else {
                roots[definition.id] = Root(definition: definition, nextPoll: clock.now)
            }
        }
        nextRootCheck = clock.now
    }

    /// Folders that the patterns no longer want raise no more events.
    private func unwatchUnwanted(_ root: WatchedRoot) {
        func isUnwanted(_ path: FilePath) -> Bool { !path.isEmpty && root.matcher.refusal(ofFolder: path) != nil }
        unwatchAll(watches.folders(of: root.id).filter { isUnwanted($0.path) })
        let polled = roots[root.id]?.polled ?? []
        roots[root.id]?.polled = polled.filter { !isUnwanted($0) }
    }

    /// Compares each root's path with the folder that is watched: nothing tells when something is mounted over it.
    private func checkRoots() {
        guard clock.now >= nextRootCheck else { return }
        for id in roots.keys.sorted() { checkRoot(id) }
        nextRootCheck = clock.now + intervals.rootCheck
        if clock.now >= nextReconcile {
            nextReconcile = clock.now + intervals.reconcile
            for id in roots.keys.sorted() where roots[id]?.identity != nil { scan(id, .periodic) }
        }
    }

    private func checkRoot(_ id: RootID) {
        guard let root = roots[id] else { return }
        do throws(Errno) {
            let folder = try RootFolder(opening: root.definition.path)
            roots[id]?.interruptedScan = nil
            guard folder.identity != root.identity else {
                if let reason = root.interruptedScan { scan(id, reason) }
                return
            }
            let isFirst = root.identity == nil && !root.toldMissing
            unwatchAll(watches.folders(of: id))
            jobs.removeAll { $0.root == id }
            roots[id]?.identity = folder.identity
            roots[id]?.polled = []
            if root.toldMissing {
                roots[id]?.toldMissing = false
                observer.intakeNoted(.rootReturned(id))
            }
            scan(id, isFirst ? .start : .rootReplaced)
        } catch {
            guard !root.toldMissing else { return }
            unwatchAll(watches.folders(of: id))
            jobs.removeAll { $0.root == id }
            roots[id]?.identity = nil
            roots[id]?.toldMissing = true
            observer.intakeNoted(.rootMissing(id, error))
        }
    }

    /// The root's folder, if it is still the one that is known.
    private func withRoot<Result>(_ id: RootID, _ body: (borrowing RootFolder) -> Result) -> Result? {
        guard let root = roots[id], let identity = root.identity else { return nil }
        guard let folder = try? RootFolder(opening: root.definition.path), folder.identity == identity else {
            nextRootCheck = clock.now
            return nil
        }
        return body(folder)
    }

    // MARK: Events

    private func drainEvents() {
        guard let connection else { return }
        var batch = EventBatch()
        mayHaveEvents = true
        for _ in 0..<Self.eventsPerTurn {
            guard let event = connection.next() else {
                mayHaveEvents = false
                break
            }
            if event.name == nil || event.mask.contains(.isFolder) {
                handle(event, connection)
            } else {
                batch.add(event)
            }
        }
        let now = clock.now
        for (place, mask) in batch.files { notice(place, mask, at: now) }
    }

    /// Something happened to a file.
    private func notice(_ place: EventBatch.Place, _ mask: InotifyEvent.Mask, at now: Instant) {
        guard let folder = watches[place.watch], let root = roots[folder.root],
            let name = FilePath(platformString: place.name).lastComponent
        else { return }
        let key = FileKey(root: folder.root, path: folder.path.appending(name))
        guard isWorthALook(key.path, root.definition) else { return }
        if mask.contains(.created) { tracker.noticed(key, .created, at: now) }
        if mask.contains(.closedAfterWriting) { tracker.noticed(key, .written, at: now) }
        if mask.contains(.movedTo) { tracker.noticed(key, .arrived, at: now) }
        if mask.contains(.changed) { tracker.noticed(key, .changed, at: now) }
    }

    private func handle(_ event: InotifyEvent, _ connection: InotifyConnection) {
        if event.mask.contains(.overflowed) {
            observer.intakeNoted(.overflowed)
            for id in roots.keys { scan(id, .overflow) }
            return
        }
        guard let folder = watches[event.watch], let root = roots[folder.root] else { return }
        if event.mask.contains(.watchEnded) {
            watches.remove(folder)
            connection.watchEnded(on: absolute(folder))
            if folder.path.isEmpty { nextRootCheck = clock.now }
            return
        }
        if !event.mask.isDisjoint(with: [.deletedSelf, .movedSelf, .unmounted]) {
            if folder.path.isEmpty {
                nextRootCheck = clock.now
            } else if event.mask.contains(.movedSelf) {
                folderMoved(folder)
            }
            return
        }
        guard let name = event.name.flatMap({ FilePath(platformString: $0).lastComponent }),
            event.mask.contains(.isFolder), !event.mask.isDisjoint(with: [.created, .movedTo])
        else { return }
        folderAppeared(FileKey(root: folder.root, path: folder.path.appending(name)), root.definition)
    }

    /// False for names that come and go by the thousand and are never input.
    private func isWorthALook(_ path: FilePath, _ root: WatchedRoot) -> Bool {
        switch root.matcher.refusal(of: path) {
        case .hidden, .ownTemporary, .unfinishedName: false
        default: true
        }
    }

    private func folderAppeared(_ key: FileKey, _ root: WatchedRoot) {
        tellIfNamedLikeAPicture(key, root)
        guard root.matcher.refusal(ofFolder: key.path) == nil, !isTooDeep(key) else { return }
        jobs.append(ScanJob(root: key.root, scope: .subtree, pending: [key.path], started: clock.now))
    }

    private func isTooDeep(_ key: FileKey) -> Bool {
        guard key.path.components.count > FolderWatcher.depthLimit else { return false }
        tellFolder(key, .tooDeep(limit: FolderWatcher.depthLimit))
        return true
    }

    /// The watches beneath a moved folder follow it, under paths that are wrong from now on.
    private func folderMoved(_ key: FileKey) {
        let isStillThere =
            withRoot(key.root) { root in
                guard let folder = try? root.openFolder(key.path) else { return false }
                defer { try? folder.close() }
                return (try? status(of: folder)).map(FolderIdentity.init) == watches[key]?.identity
            } ?? false
        if !isStillThere { unwatchAll(watches.subtree(of: key)) }
    }

    // MARK: Watches

    private func absolute(_ key: FileKey) -> FilePath {
        (roots[key.root]?.definition.path ?? FilePath()).appending(key.path.components)
    }

    private func unwatchAll(_ keys: [FileKey]) {
        for key in keys {
            guard let folder = watches.remove(key) else { continue }
            connection?.unwatch(folder.watch)
        }
    }

    /// Sees to it that a folder is watched, or polled where it cannot be.
    ///
    /// - Returns: false when the folder is not to be listed at all.
    private func watch(_ key: FileKey, _ folder: FileDescriptor, _ identity: FolderIdentity) -> Bool {
        guard let root = roots[key.root] else { return false }
        guard !root.definition.forbidden.contains(identity) else {
            tellFolder(key, .ownFolder)
            return false
        }
        let kind = kind(of: folder, device: identity.device)
        if root.definition.mode == .polling {
            poll(key, .configured)
            return true
        }
        if case .remote(let name) = kind { poll(key, .remoteFileSystem(name)) }
        if let known = watches[key] {
            if known.identity == identity { return true }
            unwatchAll([key])
        }
        if let other = watches.key(of: identity), other != key, let otherRoot = roots[other.root] {
            if isFolder(identity, at: other) {
                let path =
                    other.root == key.root ? other.path : otherRoot.definition.path.appending(other.path.components)
                tellFolder(key, .sameFolder(as: path))
                return false
            }
            // It was moved here; its old watches go by the old path.
            unwatchAll(watches.subtree(of: other))
        }
        guard let connection else {
            poll(key, .limit(connectionLimit ?? .instances))
            return true
        }
        if let until = watchesUsedUpUntil {
            guard clock.now >= until else {
                poll(key, .limit(.watches))
                return true
            }
            watchesUsedUpUntil = nil
        }
        do throws(Errno) {
            let number = try connection.watch(absolute(key))
            // Another folder may have taken its place meanwhile, even one that is watched under another path (a mount):
            // then the kernel has given us that watch again.
            let isShared = watches[number] != nil
            guard !isShared, isFolder(identity, at: key) else {
                if isShared {
                    connection.watchEnded(on: absolute(key))
                } else {
                    connection.unwatch(number)
                }
                jobs.append(ScanJob(root: key.root, scope: .subtree, pending: [key.path], started: clock.now))
                return false
            }
            watches.insert(key, watch: number, identity: identity)
            if kind == .local { endPolling(key) }
        } catch {
            guard error != .noSuchFileOrDirectory, error != .notDirectory else { return false }
            if let limit = WatchLimit(error) {
                watchesUsedUpUntil = clock.now + .seconds(30)
                poll(key, .limit(limit))
            } else {
                poll(key, .watchRefused(error))
            }
        }
        return true
    }

    private func isFolder(_ identity: FolderIdentity, at key: FileKey) -> Bool {
        withRoot(key.root) { root in
            guard let folder = try? root.openFolder(key.path) else { return false }
            defer { try? folder.close() }
            return (try? status(of: folder)).map(FolderIdentity.init) == identity
        } ?? false
    }

    private func kind(of folder: FileDescriptor, device: UInt64) -> FileSystemKind {
        if let known = kinds[device] { return known }
        let kind = FileSystemKind(of: folder)
        if kinds.count > 1000 { kinds.removeAll() }
        kinds[device] = kind
        return kind
    }

    private func poll(_ key: FileKey, _ reason: IntakeNotice.PollingReason) {
        guard var root = roots.removeValue(forKey: key.root) else { return }
        if root.polled.isEmpty { root.nextPoll = clock.now + intervals.poll }
        root.polled.insert(key.path)
        let isNews = root.toldPolling.insert(reason).inserted
        roots[key.root] = root
        if isNews { observer.intakeNoted(.polling(key.root, key.path, reason)) }
    }

    private func endPolling(_ key: FileKey) {
        guard roots[key.root]?.polled.remove(key.path) != nil, roots[key.root]?.polled.isEmpty == true else { return }
        roots[key.root]?.toldPolling = []
        observer.intakeNoted(.pollingEnded(key.root))
    }

    private func tellIfNamedLikeAPicture(_ key: FileKey, _ root: WatchedRoot) {
        guard let ending = key.path.extension?.lowercased(), ["png", "jpg", "jpeg"].contains(ending),
            root.matcher.refusal(of: key.path) == nil
        else { return }
        tellFolder(key, .folder)
    }

    private func tellFolder(_ key: FileKey, _ reason: IgnoredReason) {
        guard roots[key.root]?.toldFolders[key.path] != reason else { return }
        roots[key.root]?.toldFolders[key.path] = reason
        observer.intakeNoted(.folderIgnored(key.root, key.path, reason))
    }

    /// Starts over with an empty library: it holds too many watches that ended long ago.
    private func renewConnection() {
        for id in roots.keys { unwatchAll(watches.folders(of: id)) }
        watches.removeAll()
        connection = nil
        connection = try? InotifyConnection()
        for id in roots.keys { scan(id, .requested) }
    }

    // MARK: Looks

    private func lookAtDueFiles() {
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

    private func look(at key: FileKey, in root: borrowing RootFolder) {
        guard let definition = roots[key.root]?.definition else { return }
        let isLocal = kinds[root.identity.device] ?? .local == .local
        let look = root.look(at: key.path, matcher: definition.matcher, asksForWriters: isLocal)
        if case .file(let identity, _, _) = look, tracker.isNew(key), observer.isConcluded(key, identity) {
            tracker.adopt(key, concluded: identity)
        }
        if let sighting = tracker.looked(key, look, at: clock.now) { sightings.append(sighting) }
    }

    // MARK: Scans

    private func scan(_ id: RootID, _ reason: IntakeNotice.ScanReason) {
        guard roots[id]?.identity != nil else { return }
        if jobs.contains(where: { $0.root == id && $0.isFull }) {
            // A periodic scan is met by the one that runs; a lost event may have been behind it already.
            if reason != .periodic { roots[id]?.scanAgain = reason }
            return
        }
        tracker.beginScan(of: id)
        jobs.append(ScanJob(root: id, scope: .root(reason), pending: [FilePath()], started: clock.now))
    }

    private func startPolls() {
        let now = clock.now
        for (id, root) in roots where !root.polled.isEmpty && root.nextPoll <= now && root.identity != nil {
            guard !jobs.contains(where: { $0.root == id && $0.isPolling }) else { continue }
            roots[id]?.nextPoll = now + intervals.poll
            jobs.append(ScanJob(root: id, scope: .polled, pending: Array(root.polled), started: now))
        }
    }

    /// Lists some more names. New folders come before scans of whole roots: somebody has just put files there.
    private func advanceScans() {
        guard let index = jobs.firstIndex(where: { !$0.isFull }) ?? jobs.indices.first else { return }
        var job = jobs.remove(at: index)
        let start = clock.now
        let isDone = withRoot(job.root) { root in
            for _ in 0..<Self.namesPerTurn {
                if !advance(&job, in: root) { return true }
            }
            return false
        }
        guard let isDone else {
            // If it is another root by now, that one is scanned; if it is the same, the scan begins again.
            roots[job.root]?.interruptedScan = job.fullReason ?? roots[job.root]?.interruptedScan ?? .requested
            return
        }
        job.busy += start.duration(to: clock.now)
        if isDone {
            ended(job)
        } else {
            jobs.insert(job, at: min(index, jobs.count))
        }
    }

    /// Handles one name or opens one folder; false when nothing is left.
    private func advance(_ job: inout ScanJob, in root: borrowing RootFolder) -> Bool {
        if let (path, listing) = job.open {
            do throws(Errno) {
                if let entry = try listing.next() {
                    met(entry.name, entry.status, in: path, &job)
                    return true
                }
            } catch {
                tellFolder(FileKey(root: job.root, path: path), .unreadable(error))
            }
            job.open = nil
        }
        guard let path = job.pending.popLast() else { return false }
        let key = FileKey(root: job.root, path: path)
        do throws(Errno) {
            let folder = try root.openFolder(path)
            let identity: FolderIdentity
            do throws(Errno) {
                identity = FolderIdentity(try status(of: folder))
            } catch {
                try? folder.close()
                throw error
            }
            guard watch(key, folder, identity) else {
                try? folder.close()
                return true
            }
            job.open = (path, try FolderListing(folder))
            job.folders += 1
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels:
                roots[job.root]?.polled.remove(path)
            default:
                tellFolder(key, .unreadable(error))
            }
        }
        return true
    }

    private func met(_ name: FilePath.Component, _ status: stat?, in folder: FilePath, _ job: inout ScanJob) {
        guard let definition = roots[job.root]?.definition else { return }
        let path = folder.appending(name)
        let key = FileKey(root: job.root, path: path)
        if let status, RootFolder.notAFile(status) == .folder {
            tellIfNamedLikeAPicture(key, definition)
            guard definition.matcher.refusal(ofFolder: path) == nil else { return }
            guard !isTooDeep(key) else { return }
            let isKnown = watches[key] != nil || roots[job.root]?.polled.contains(path) == true
            if !job.isPolling || !isKnown { job.pending.append(path) }
            return
        }
        guard isWorthALook(path, definition) else { return }
        job.files += 1
        tracker.listed(key, status.map(FileIdentity.init), at: clock.now)
    }

    private func ended(_ job: ScanJob) {
        let now = clock.now
        switch job.scope {
        case .subtree: break
        case .polled:
            roots[job.root]?.nextPoll = now + max(intervals.poll, job.busy * 20)
        case .root(let reason):
            guard roots[job.root]?.identity != nil else { return }
            tracker.endScan(of: job.root, at: now)
            nextReconcile = max(nextReconcile, now + job.busy * 300)
            // What the scan met is looked at before it is said to have ended, so that the news come in this order.
            lookAtDueFiles()
            observer.intakeNoted(
                .scanned(
                    job.root, reason, files: job.files, folders: job.folders, took: job.started.duration(to: now)))
            if let again = roots[job.root]?.scanAgain {
                roots[job.root]?.scanAgain = nil
                scan(job.root, again)
            }
        }
    }
}
