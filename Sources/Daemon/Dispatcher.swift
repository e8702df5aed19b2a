import Intake
import Scheduling
import Synchronization

/// Decides which ready file is given to the workers next.
///
/// - Each folder gives at most twice as many files to its queue as there are workers, so that a backlog costs no open
///   files and no memory; which of the queues is served first is the scheduler's rule.
/// - A folder whose results cannot be written is paused; after the pause one file tries, and if it succeeds all do.
/// - A file over whose content the process died before runs while nothing else does, so that the next death tells
///   whose fault it is.
struct Dispatcher: Sendable {
    typealias Instant = ContinuousClock.Instant

    private struct Folder: Sendable {
        var ready: [ReadyFile] = []
        /// The ready files before this index have been given out.
        var next = 0
        var inWork = 0
        var pausedUntil: Instant?
        /// Why it was paused; until a file has succeeded again.
        var pauseReason: String?
        var backOff = BackOff()
        /// One file tries whether the folder of results can be written again.
        var isTrying = false

        var readyCount: Int { ready.count - next }

        mutating func takeFirst() -> ReadyFile? {
            guard next < ready.count else { return nil }
            defer {
                next += 1
                if next > 1024, next * 2 > ready.count {
                    ready.removeFirst(next)
                    next = 0
                }
            }
            return ready[next]
        }
    }

    private let limit: Int
    private var folders: [RootID: Folder] = [:]
    private var suspects: [ReadyFile] = []
    private(set) var inWork = 0
    private var isAlone = false

    /// - Parameter width: how many workers there are.
    init(width: Int) {
        limit = 2 * width
    }

    var readyCount: Int { folders.values.reduce(suspects.count) { $0 + $1.readyCount } }

    func readyCount(of root: RootID) -> Int { folders[root]?.readyCount ?? 0 }

    /// Why a folder is paused; nil when it is not.
    func pauseReason(of root: RootID) -> String? { folders[root]?.pauseReason }

    /// When a paused folder is tried again; nil when it is not paused, or being tried.
    func pauseEnd(of root: RootID) -> Instant? { folders[root]?.pausedUntil }

    /// Whether the folder of results has stayed as it is over some pauses: for a run that ends, waiting is over.
    func hasGivenUp(_ root: RootID) -> Bool { (folders[root]?.backOff.failures ?? 0) > 3 }

    /// When a pause ends next.
    var nextDeadline: Instant? { folders.values.compactMap(\.pausedUntil).min() }

    mutating func add(_ file: ReadyFile) {
        folders[file.key.root, default: Folder()].ready.append(file)
    }

    /// Puts a suspect file back, to run alone. It counts as ended before.
    mutating func addSuspect(_ file: ReadyFile) {
        var file = file
        file.isAlone = true
        suspects.append(file)
    }

    /// Forgets the ready files of a folder that is no longer watched.
    mutating func remove(_ root: RootID) {
        folders[root]?.ready = []
        folders[root]?.next = 0
        folders[root]?.pausedUntil = nil
        folders[root]?.pauseReason = nil
        suspects.removeAll { $0.key.root == root }
    }

    /// The files to start now.
    mutating func start(at now: Instant) -> [ReadyFile] {
        guard !isAlone else { return [] }
        if let suspect = suspects.first {
            guard inWork == 0 else { return [] }
            suspects.removeFirst()
            isAlone = true
            inWork += 1
            folders[suspect.key.root, default: Folder()].inWork += 1
            return [suspect]
        }
        var started: [ReadyFile] = []
        for id in folders.keys.sorted() {
            guard var folder = folders[id] else { continue }
            if let end = folder.pausedUntil {
                guard end <= now else { continue }
                folder.pausedUntil = nil
                folder.isTrying = true
            }
            while folder.inWork < (folder.isTrying ? 1 : limit), let file = folder.takeFirst() {
                folder.inWork += 1
                inWork += 1
                started.append(file)
            }
            folders[id] = folder
        }
        return started
    }

    /// A started file has ended. `isOutputWritable`: nil where the end tells nothing about the folder of results.
    mutating func ended(_ root: RootID, isOutputWritable: Bool?) {
        inWork -= 1
        isAlone = false
        folders[root]?.inWork -= 1
        if isOutputWritable == true {
            folders[root]?.isTrying = false
            folders[root]?.pauseReason = nil
            folders[root]?.backOff.reset()
        }
    }

    /// The results of a folder cannot be written.
    ///
    /// - Returns: how long the folder still pauses, and whether it was not paused before.
    mutating func pause(_ root: RootID, reason: String, at now: Instant) -> (rest: Duration, isNew: Bool) {
        var folder = folders[root, default: Folder()]
        defer { folders[root] = folder }
        folder.isTrying = false
        folder.pauseReason = reason
        if let end = folder.pausedUntil { return (max(now.duration(to: end), .zero), false) }
        let delay = min(folder.backOff.next(), .seconds(30))
        folder.pausedUntil = now + delay
        return (delay, true)
    }
}
