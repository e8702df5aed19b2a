import SystemPackage

// What the kernel tells, which says only where to look.
extension IntakeLoop {
    func drainEvents() {
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
    func notice(_ place: EventBatch.Place, _ mask: InotifyEvent.Mask, at now: Instant) {
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

    func handle(_ event: InotifyEvent, _ connection: InotifyConnection) {
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
    func isWorthALook(_ path: FilePath, _ root: WatchedRoot) -> Bool {
        switch root.matcher.refusal(of: path) {
        case .hidden, .ownTemporary, .unfinishedName: false
        default: true
        }
    }

    func folderAppeared(_ key: FileKey, _ root: WatchedRoot) {
        tellIfNamedLikeAPicture(key, root)
        guard root.matcher.refusal(ofFolder: key.path) == nil, !isTooDeep(key) else { return }
        jobs.append(ScanJob(root: key.root, scope: .subtree, pending: [key.path], started: clock.now))
    }

    func isTooDeep(_ key: FileKey) -> Bool {
        guard key.path.components.count > FolderWatcher.depthLimit else { return false }
        tellFolder(key, .tooDeep(limit: FolderWatcher.depthLimit))
        return true
    }

    /// The watches beneath a moved folder follow it, under paths that are wrong from now on.
    func folderMoved(_ key: FileKey) {
        let isStillThere =
            withRoot(key.root) { root in
                guard let folder = try? root.openFolder(key.path) else { return false }
                defer { try? folder.close() }
                return (try? status(of: folder)).map(FolderIdentity.init) == watches[key]?.identity
            } ?? false
        if !isStillThere { unwatchAll(watches.subtree(of: key)) }
    }
}
