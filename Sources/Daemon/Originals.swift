import Glibc
import Intake
import Outbox
import Specification
import SystemPackage

/// Moves, keeps or deletes the files that people dropped.
struct Originals: Sendable {
    /// Does with the original of a recorded result what the configuration says.
    ///
    /// - Returns: the identity with which it stays in the drop folder; nil when it is gone from there.
    func dispose(of file: ReadyFile, _ entry: LedgerEntry.ID, ledger: Ledger) throws -> Intake.FileIdentity? {
        switch file.folder.originals {
        case .keep: return file.identity
        case .delete:
            try delete(file.key.path, file.identity, from: file.folder.input)
            try ledger.left(entry, .deleted, to: nil)
        case .move:
            let moved = try move(file.key.path, file.identity, from: file.folder.input, to: file.folder.done)
            try ledger.left(entry, moved == nil ? .gone : .moved, to: moved)
        }
        return nil
    }

    /// Puts a failed file into the folder of failures, with a note beside it.
    ///
    /// - Returns: where it is now; nil when somebody else took it away.
    func setAside(
        _ path: FilePath, _ identity: Intake.FileIdentity, _ folder: ServiceFolder, _ failure: FileFailure,
        attempts: Int
    ) throws(OutboxError) -> FilePath? {
        guard let moved = try move(path, identity, from: folder.input, to: folder.failed) else { return nil }
        try writeNote(beside: moved, in: folder.failed, input: path, failure, attempts: attempts)
        return moved
    }

    /// Whether the results of an earlier run are all where they were published.
    func areThere(_ outputs: [FilePath]) -> Bool {
        outputs.allSatisfy { path in
            var status = stat()
            return path.withPlatformString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFREG
        }
    }
}
