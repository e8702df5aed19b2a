import Glibc
import Synchronization
import SystemPackage

@testable import Intake

/// Writes down what an intake says, and finishes each ready file at once.
final class Recorder: IntakeObserver {
    struct Notes: Sendable {
        var ready: [FilePath: Int] = [:]
        var sizes: [FilePath: [Int64]] = [:]
        var ignored: [FilePath: [IgnoredReason]] = [:]
        var vanished: [FilePath] = []
        var scans: [(reason: IntakeNotice.ScanReason, files: Int, folders: Int)] = []
        var overflows = 0
        var missing = 0
        var returned = 0
        var polling: [IntakeNotice.PollingReason] = []
        var pollingEnds = 0
        var idle = 0
        var ignoredFolders: [FilePath: IgnoredReason] = [:]
    }

    private let notes = Mutex(Notes())
    private let concludedBefore: Set<FileIdentity>
    /// While it is locked, the intake's thread stands still as soon as it has something to say.
    let gate = Mutex(())
    private let watcher = Mutex<FolderWatcher?>(nil)

    init(concludedBefore: Set<FileIdentity> = []) {
        self.concludedBefore = concludedBefore
    }

    func attach(_ watcher: FolderWatcher) {
        self.watcher.withLock { $0 = watcher }
    }

    func isConcluded(_ key: FileKey, _ identity: FileIdentity) -> Bool { concludedBefore.contains(identity) }

    func intakeSaw(_ sightings: [Sighting]) {
        gate.withLock { _ in }
        notes.withLock { notes in
            for sighting in sightings {
                switch sighting {
                case .ready(let key, let identity):
                    notes.ready[key.path, default: 0] += 1
                    notes.sizes[key.path, default: []].append(identity.size)
                case .ignored(let key, _, let reason): notes.ignored[key.path, default: []].append(reason)
                case .vanished(let key): notes.vanished.append(key.path)
                case .settling, .unreadable: break
                }
            }
        }
        let watcher = watcher.withLock { $0 }
        for case .ready(let key, let identity) in sightings { watcher?.finish(key, .concluded(identity)) }
    }

    func intakeNoted(_ notice: IntakeNotice) {
        notes.withLock { notes in
            switch notice {
            case .scanned(_, let reason, let files, let folders, _): notes.scans.append((reason, files, folders))
            case .overflowed: notes.overflows += 1
            case .rootMissing: notes.missing += 1
            case .rootReturned: notes.returned += 1
            case .polling(_, _, let reason): notes.polling.append(reason)
            case .pollingEnded: notes.pollingEnds += 1
            case .folderIgnored(_, let path, let reason): notes.ignoredFolders[path] = reason
            case .idle: notes.idle += 1
            }
        }
    }

    var current: Notes { notes.withLock { $0 } }

    /// Waits for a condition, half a minute at most; returns whether it came true.
    func wait(_ condition: (Notes) -> Bool) -> Bool {
        for _ in 0..<6000 {
            if condition(current) { return true }
            usleep(5000)
        }
        return false
    }
}

/// An intake of one folder, stopped with its owner.
final class Watching {
    let recorder: Recorder
    let watcher: FolderWatcher

    init(
        _ folder: FilePath, quiet: Duration = .milliseconds(100),
        mode: WatchedRoot.Mode = .automatic, intervals: WatchIntervals = Watching.seldom, matcher: PathMatcher = pngs,
        forbidden: Set<FolderIdentity> = [],
        recorder: Recorder = Recorder()
    ) throws {
        self.recorder = recorder
        watcher = try FolderWatcher(observer: recorder, intervals: intervals)
        recorder.attach(watcher)
        try watcher.start(roots: [
            WatchedRoot(
                id: RootID(0), path: folder, mode: mode,
                rule: SettleTracker.Rule(quiet: quiet, patience: .seconds(60)), matcher: matcher, forbidden: forbidden)
        ])
    }

    deinit { watcher.stop() }

    /// Nothing is found by looking again in this time, only by events.
    static let seldom = WatchIntervals(rootCheck: .seconds(3600), reconcile: .seconds(3600), poll: .seconds(3600))

    static let pngs = PathMatcher(includes: { $0.extension == "png" || $0.extension == "jpg" })

    /// Starts after the first scan.
    func settledIn() -> Bool { recorder.wait { !$0.scans.isEmpty } }
}
