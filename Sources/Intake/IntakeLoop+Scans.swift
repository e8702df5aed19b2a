import Glibc
import SystemPackage

// Listings of folders, some names at a time.
extension IntakeLoop {
    func scan(_ id: RootID, _ reason: IntakeNotice.ScanReason) {
        guard roots[id]?.identity != nil else { return }
        if jobs.contains(where: { $0.root == id && $0.isFull }) {
            // A periodic scan is met by the one that runs; a lost event may have been behind it already.
            if reason != .periodic { roots[id]?.scanAgain = reason }
            return
        }
        tracker.beginScan(of: id)
        jobs.append(ScanJob(root: id, scope: .root(reason), pending: [FilePath()], started: clock.now))
    }

    func startPolls() {
        let now = clock.now
        for (id, root) in roots where !root.polled.isEmpty && root.nextPoll <= now && root.identity != nil {
            guard !jobs.contains(where: { $0.root == id && $0.isPolling }) else { continue }
            roots[id]?.nextPoll = now + intervals.poll
            jobs.append(ScanJob(root: id, scope: .polled, pending: Array(root.polled), started: now))
        }
    }

    /// Lists some more names. New folders come before scans of whole roots: somebody has just put files there.
    func advanceScans() {
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
    func advance(_ job: inout ScanJob, in root: borrowing RootFolder) -> Bool {
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

    func met(_ name: FilePath.Component, _ status: stat?, in folder: FilePath, _ job: inout ScanJob) {
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

    func ended(_ job: ScanJob) {
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
