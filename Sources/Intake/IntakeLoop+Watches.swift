import SystemPackage

// Which folders are watched, and which are polled instead.
extension IntakeLoop {
    func absolute(_ key: FileKey) -> FilePath {
        (roots[key.root]?.definition.path ?? FilePath()).appending(key.path.components)
    }

    func unwatchAll(_ keys: [FileKey]) {
        for key in keys {
            guard let folder = watches.remove(key) else { continue }
            connection?.unwatch(folder.watch)
        }
    }

    /// Sees to it that a folder is watched, or polled where it cannot be.
    ///
    /// - Returns: false when the folder is not to be listed at all.
    func watch(_ key: FileKey, _ folder: FileDescriptor, _ identity: FolderIdentity) -> Bool {
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

    func isFolder(_ identity: FolderIdentity, at key: FileKey) -> Bool {
        withRoot(key.root) { root in
            guard let folder = try? root.openFolder(key.path) else { return false }
            defer { try? folder.close() }
            return (try? status(of: folder)).map(FolderIdentity.init) == identity
        } ?? false
    }

    func kind(of folder: FileDescriptor, device: UInt64) -> FileSystemKind {
        if let known = kinds[device] { return known }
        let kind = FileSystemKind(of: folder)
        if kinds.count > 1000 { kinds.removeAll() }
        kinds[device] = kind
        return kind
    }

    func poll(_ key: FileKey, _ reason: IntakeNotice.PollingReason) {
        guard var root = roots.removeValue(forKey: key.root) else { return }
        if root.polled.isEmpty { root.nextPoll = clock.now + intervals.poll }
        root.polled.insert(key.path)
        let isNews = root.toldPolling.insert(reason).inserted
        roots[key.root] = root
        if isNews { observer.intakeNoted(.polling(key.root, key.path, reason)) }
    }

    func endPolling(_ key: FileKey) {
        guard roots[key.root]?.polled.remove(key.path) != nil, roots[key.root]?.polled.isEmpty == true else { return }
        roots[key.root]?.toldPolling = []
        observer.intakeNoted(.pollingEnded(key.root))
    }

    func tellIfNamedLikeAPicture(_ key: FileKey, _ root: WatchedRoot) {
        guard let ending = key.path.extension?.lowercased(), ["png", "jpg", "jpeg"].contains(ending),
            root.matcher.refusal(of: key.path) == nil
        else { return }
        tellFolder(key, .folder)
    }

    func tellFolder(_ key: FileKey, _ reason: IgnoredReason) {
        guard roots[key.root]?.toldFolders[key.path] != reason else { return }
        roots[key.root]?.toldFolders[key.path] = reason
        observer.intakeNoted(.folderIgnored(key.root, key.path, reason))
    }

    /// Starts over with an empty library: it holds too many watches that ended long ago.
    func renewConnection() {
        for id in roots.keys { unwatchAll(watches.folders(of: id)) }
        watches.removeAll()
        connection = nil
        connection = try? InotifyConnection()
        for id in roots.keys { scan(id, .requested) }
    }
}
