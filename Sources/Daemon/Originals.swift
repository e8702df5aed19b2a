import Glibc
import Intake
import Outbox
import SystemPackage

/// Moves, keeps or deletes the files that people dropped.
struct Originals: Sendable {
    /// What became of an original.
    enum Fate: Sendable {
        /// It is not in the drop folder any more.
        case left
        /// It stays, and nothing more is to be done with it as long as it keeps this identity.
        case stays(FileIdentity)
        /// Something else, or something newer, has its name now.
        case changed
    }

    /// Does with the original of a recorded result what the configuration says, and records it.
    func dispose(
        _ path: FilePath, _ identity: FileIdentity, _ folder: ServiceFolder, _ entry: LedgerEntry.ID,
        ledger: Ledger
    ) throws -> Fate {
        if folder.originals == .keep { return .stays(identity) }
        do throws(OutboxError) {
            switch folder.originals {
            case .delete: try OriginalFile.remove(path, below: folder.input, expecting: FileVersion(identity))
            case .move, .keep:
                // A rename that a loss of power undoes is made again at the next start.
                let moved = try OriginalFile.move(
                    path, below: folder.input, to: path, below: folder.done, expecting: FileVersion(identity),
                    flushesRename: false)
                try? ledger.left(entry, .moved, to: folder.done.appending(moved.components))
                return .left
            }
        } catch {
            guard isGone(error) else { throw error }
            try noteGone(path, identity, entry, folder.originals == .move ? folder.done : nil, ledger)
            return .changed
        }
        try? ledger.left(entry, .deleted, to: nil)
        return .left
    }

    /// Somebody took the file away, or it was ours, in a run that died before it could record it.
    private func noteGone(
        _ path: FilePath, _ identity: FileIdentity, _ entry: LedgerEntry.ID, _ target: FilePath?, _ ledger: Ledger
    ) throws {
        if let target, let place = try OriginalFile.find(path, below: target, version: FileVersion(identity)) {
            try ledger.left(entry, .moved, to: target.appending(place.components))
        } else {
            try ledger.left(entry, .gone, to: nil)
        }
    }

    /// Puts a failed file into the folder of failures, with a note beside it, and records it.
    func setAside(
        _ path: FilePath, _ identity: FileIdentity, _ folder: ServiceFolder, _ entry: LedgerEntry.ID,
        _ failure: FileFailure, attempts: Int, ledger: Ledger
    ) throws -> Fate {
        let version = FileVersion(identity)
        do throws(OutboxError) {
            // The note is flushed with its folder, and so is the rename; one that a loss of power undoes is made again.
            let moved = try OriginalFile.move(
                path, below: folder.input, to: path, below: folder.failed, expecting: version, flushesRename: false)
            do throws(OutboxError) {
                try writeNote(path, moved, folder, failure, attempts)
            } catch {
                // A file there without a reason would be a riddle: it goes back, and both are tried again.
                _ = try? OriginalFile.move(
                    moved, below: folder.failed, to: path, below: folder.input, flushesRename: false)
                throw error
            }
            try? ledger.left(entry, .moved, to: folder.failed.appending(moved.components))
            return .left
        } catch {
            guard isGone(error) else { throw error }
            // A run that died between the move and the note left the file there without one.
            if let place = try OriginalFile.find(path, below: folder.failed, version: version) {
                try writeNote(path, place, folder, failure, attempts)
            }
            try noteGone(path, identity, entry, folder.failed, ledger)
            return .changed
        }
    }

    private func writeNote(
        _ path: FilePath, _ place: FilePath, _ folder: ServiceFolder, _ failure: FileFailure, _ attempts: Int
    ) throws(OutboxError) {
        let note = FailureNote(
            file: path, code: failure.code, failureClass: failure.kind, step: failure.step,
            message: failure.message, hint: failure.hint ?? "", attempts: attempts)
        _ = try note.write(beside: place, below: folder.failed)
    }

    /// Puts a failed file back where it was dropped, and takes its note away.
    ///
    /// - Returns: where it is now, absolute.
    func putBack(_ file: FilePath, failed: FilePath, to input: FilePath, as path: FilePath) throws(OutboxError)
        -> FilePath
    {
        var relative = file
        _ = relative.removePrefix(failed)
        let moved = try OriginalFile.move(relative, below: failed, to: path, below: input)
        if let name = relative.lastComponent {
            let note = relative.removingLastComponent().appending(FailureNote.name(for: name))
            try? OriginalFile.remove(note, below: failed)
        }
        return input.appending(moved.components)
    }

    /// Whether the results of an earlier run are all where they were published.
    func areThere(_ outputs: [FilePath]) -> Bool {
        outputs.allSatisfy { path in
            var status = stat()
            return path.withPlatformString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFREG
        }
    }

    private func isGone(_ error: OutboxError) -> Bool {
        if case .fileChanged = error.reason { return true }
        return error.errno == .noSuchFileOrDirectory && [.move, .remove].contains(error.operation)
    }
}

extension FileVersion {
    /// The file's links and permissions do not matter to its content.
    fileprivate init(_ identity: FileIdentity) {
        self.init(
            device: identity.device, inode: identity.inode, size: identity.size, modified: identity.modified)
    }
}
