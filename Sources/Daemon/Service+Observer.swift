import Glibc
import Intake
import Logging
import Outbox
import SystemPackage

// What the watcher's thread tells.
extension Service: IntakeObserver {
    public func isConcluded(_ key: FileKey, _ identity: FileIdentity) -> Bool {
        guard let folder = state.withLock({ $0.folders[key.root]?.definition }) else { return false }
        do throws(LedgerError) {
            return try ledger.isConcluded(key.path, in: folder.input, identity)
        } catch {
            // Taken again, it gives the same bytes again.
            noteLedgerFault(error)
            return false
        }
    }

    public func intakeSaw(_ sightings: [Sighting]) {
        let located = state.withLock { state in
            sightings.compactMap { sighting in
                state.folders[sighting.key.root].map { ($0.definition.input, sighting) }
            }
        }
        do throws(LedgerError) {
            try ledger.record(located)
            state.withLock { $0.ledgerFault = nil }
        } catch {
            noteLedgerFault(error)
        }
        state.withLock { state in
            state.hasNews = true
            state.isIdle = false
            for sighting in sightings {
                if case .unreadable(let key, _, _) = sighting {
                    state.unreadable.insert(key)
                } else if !state.unreadable.isEmpty {
                    state.unreadable.remove(sighting.key)
                }
            }
            for case .ready(let key, let identity) in sightings {
                guard let folder = state.folders[key.root] else { continue }
                state.dispatcher.add(
                    ReadyFile(
                        key: key, identity: identity, folder: folder.definition, pipeline: folder.pipeline))
            }
        }
        for sighting in sightings {
            switch sighting {
            case .ignored(let key, _, let reason) where reason != .notIncluded && reason != .excluded:
                log.info("\(PrintableName.escaped(key.path)) \(reason)")
            case .unreadable(let key, _, let error):
                log.warning("\(PrintableName.escaped(key.path)) cannot be read: \(error); check its permissions")
            default: break
            }
        }
        fill()
    }

    public func intakeNoted(_ notice: IntakeNotice) {
        switch notice {
        case .scanned(let root, let reason, let files, let folders, _): scanned(root, reason, files, folders)
        case .overflowed:
            state.withLock { $0.overflows += 1 }
            log.warning("the kernel's queue of events overflowed: every folder is scanned, nothing is lost")
        case .rootMissing(let root, let error): missing(root, error)
        case .rootReturned(let root):
            // In one step: between the two a run that ends would take itself to be done.
            state.withLock { state in
                state.isIdle = false
                state.hasNews = true
                state.folders[root]?.missingSince = nil
            }
            log.notice("\(name(root)) is there again")
        case .polling(let root, let path, let reason):
            let text = describe(reason)
            change(root) { $0.polling.append(text) }
            log.warning("\(name(root, path)) is polled: \(text)")
        case .pollingEnded(let root):
            change(root) { $0.polling = [] }
            log.notice("\(name(root)) is watched again")
        case .folderIgnored(let root, let path, let reason):
            if case .unreadable = reason, options.mode == .once { state.withLock { $0.failed += 1 } }
            log.warning("\(name(root, path)) \(reason)")
        case .idle:
            state.withLock { $0.isIdle = true }
            ControlSignals.wake()
        }
    }

    private func scanned(_ root: RootID, _ reason: IntakeNotice.ScanReason, _ files: Int, _ folders: Int) {
        guard let folder = state.withLock({ $0.folders[root]?.definition }) else { return }
        do throws(LedgerError) {
            let hasLostNews = state.withLock { state in
                defer { state.hasLostNews = false }
                return state.hasLostNews
            }
            if reason == .start || hasLostNews {
                try ledger.noteMissing(in: folder.input) { path in
                    var status = stat()
                    return folder.input.appending(path.components).withPlatformString { lstat($0, &status) } == 0
                }
            }
            for (path, counts) in try ledger.counts() where !counts.isBalanced {
                log.error("the ledger does not add up for \(PrintableName.escaped(path)): \(counts)")
            }
        } catch {
            noteLedgerFault(error)
        }
        change(root) { $0.isScanned = true }
        // Another folder stands there: those beside it, the locks and the safety rules are seen to as at a start.
        if reason == .rootReplaced { state.withLock { $0.wantsReload = true } }
        if reason != .periodic { log.info("\(name(root)): \(files) files in \(folders) folders (\(reason.rawValue))") }
        ControlSignals.wake()
    }

    private func missing(_ root: RootID, _ error: Errno) {
        change(root) { $0.missingSince = .now }
        followRoots()
        log.error("\(name(root)) is gone (\(error)): waiting for it")
        ControlSignals.wake()
    }

    /// The locks go with the folders: what was taken away is let go, what came is held.
    private func followRoots() {
        let roots = state.withLock { state in state.folders.values.map(\.definition.root) }
        for case .held(let path, let holder) in lock.follow(roots) {
            log.error("\(StateLock.Failure.held(path, holder: holder))")
        }
    }

    private func change(_ root: RootID, _ body: (inout FolderRuntime) -> Void) {
        state.withLock { state in
            state.hasNews = true
            guard var folder = state.folders[root] else { return }
            body(&folder)
            state.folders[root] = folder
        }
    }

    private func name(_ root: RootID, _ path: FilePath = FilePath()) -> String {
        let input = state.withLock { $0.folders[root]?.definition.input } ?? FilePath()
        return PrintableName.escaped(input.appending(path.components))
    }

    private func describe(_ reason: IntakeNotice.PollingReason) -> String {
        switch reason {
        case .configured: "the configuration says so"
        case .remoteFileSystem(let kind): "changes made elsewhere raise no events on \(kind)"
        case .limit(let limit): "\(limit)"
        case .watchRefused(let error): "it cannot be watched (\(error))"
        }
    }
}
