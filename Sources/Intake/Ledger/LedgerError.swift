import GRDB
import SystemPackage

public enum LedgerError: Error, Sendable {
    /// The disk that holds the state folder is full; writing works again when there is room.
    case diskFull(FilePath)
    /// The file can be neither read nor written; trying again may help.
    case unavailable(FilePath, String)
    /// The file is damaged: the next `open` moves it aside and begins a new one.
    case damaged(FilePath)
    /// The file lacks tables: the service that makes them has not come so far, or was of an earlier version.
    case notReady(FilePath)
    /// The file was made by a later version of this program.
    case tooNew(FilePath)

    init(_ error: any Error, at path: FilePath) {
        guard let error = error as? DatabaseError else {
            self = .unavailable(path, "\(error)")
            return
        }
        switch error.resultCode {
        case .SQLITE_FULL: self = .diskFull(path)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged(path)
        default: self = .unavailable(path, error.message ?? "\(error.resultCode)")
        }
    }
}

extension LedgerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .diskFull(let path): "the disk of the state folder is full, so \(printable(path)) cannot be written"
        case .unavailable(let path, let message): "\(printable(path)) cannot be used: \(message)"
        case .damaged(let path): "\(printable(path)) is damaged; the next start moves it aside and begins a new one"
        case .notReady(let path):
            "\(printable(path)) is not ready: it is being made, or was made by an earlier version of svertka; start the service"
        case .tooNew(let path):
            "\(printable(path)) was made by a later version of svertka; use that version, or move the file away"
        }
    }
}
