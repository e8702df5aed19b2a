import SystemPackage

/// Who is told what the intake sees. All calls come from the intake's thread, which watches nothing meanwhile: they
/// should be short.
public protocol IntakeObserver: AnyObject, Sendable {
    /// Whether the file, with this identity, was concluded in an earlier run and stays where it is.
    func isConcluded(_ key: FileKey, _ identity: FileIdentity) -> Bool

    /// News about files, in order.
    func intakeSaw(_ sightings: [Sighting])

    /// News about folders and the watcher.
    func intakeNoted(_ notice: IntakeNotice)
}

/// News that is not about one file.
public enum IntakeNotice: Sendable {
    public enum ScanReason: String, Sendable {
        case start
        case periodic
        /// The kernel's queue of events overflowed, so some were lost.
        case overflow
        /// The root was moved, deleted, unmounted or mounted over, and a folder stands at its path again.
        case rootReplaced = "root replaced"
        case requested
    }

    public enum PollingReason: Sendable, Hashable {
        case configured
        /// On a file system of this kind changes made by other machines raise no events.
        case remoteFileSystem(String)
        case limit(WatchLimit)
        case watchRefused(Errno)
    }

    /// A full scan of the root has ended.
    case scanned(RootID, ScanReason, files: Int, folders: Int, took: Duration)
    case overflowed
    /// No folder stands at the root's path; its files wait.
    case rootMissing(RootID, Errno)
    case rootReturned(RootID)
    /// The folder is polled from now on; told once for each root and reason.
    case polling(RootID, FilePath, PollingReason)
    /// No folder of the root is polled any more.
    case pollingEnded(RootID)
    /// The folder is not entered; told once.
    case folderIgnored(RootID, FilePath, IgnoredReason)
    /// Every root was scanned, or is missing; no file settles, waits for a retry or is handed out. Told again after
    /// each time that this was not so.
    case idle
}
