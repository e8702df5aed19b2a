import SystemPackage

// Which folders stand at the paths of the configuration.
extension IntakeLoop {
    func setRoots(_ definitions: [WatchedRoot]) {
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
    func unwatchUnwanted(_ root: WatchedRoot) {
        func isUnwanted(_ path: FilePath) -> Bool { !path.isEmpty && root.matcher.refusal(ofFolder: path) != nil }
        unwatchAll(watches.folders(of: root.id).filter { isUnwanted($0.path) })
        let polled = roots[root.id]?.polled ?? []
        roots[root.id]?.polled = polled.filter { !isUnwanted($0) }
    }

    /// Compares each root's path with the folder that is watched: nothing tells when something is mounted over it.
    func checkRoots() {
        guard clock.now >= nextRootCheck else { return }
        for id in roots.keys.sorted() { checkRoot(id) }
        nextRootCheck = clock.now + intervals.rootCheck
        if clock.now >= nextReconcile {
            nextReconcile = clock.now + intervals.reconcile
            for id in roots.keys.sorted() where roots[id]?.identity != nil { scan(id, .periodic) }
        }
    }

    func checkRoot(_ id: RootID) {
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
    func withRoot<Result>(_ id: RootID, _ body: (borrowing RootFolder) -> Result) -> Result? {
        guard let root = roots[id], let identity = root.identity else { return nil }
        guard let folder = try? RootFolder(opening: root.definition.path), folder.identity == identity else {
            nextRootCheck = clock.now
            return nil
        }
        return body(folder)
    }
}
