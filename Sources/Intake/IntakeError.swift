import SystemPackage

public enum IntakeError: Error, Equatable, Sendable {
    /// The process watches folders already; libinotifytools allows one watcher in a process.
    case watcherInUse
    case cannotWatch(Errno, WatchLimit?)
    case cannotStartThread(Errno)
}

extension IntakeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .watcherInUse: "another watcher runs in this process already; stop it first"
        case .cannotWatch(_, let limit?): "folders cannot be watched: \(limit)"
        case .cannotWatch(let error, nil): "folders cannot be watched: \(error)"
        case .cannotStartThread(let error): "the thread that watches folders could not be started: \(error)"
        }
    }
}
