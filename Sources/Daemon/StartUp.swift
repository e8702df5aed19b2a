import Glibc
import Intake
import Logging
import Outbox
import SystemPackage

/// What happens between reading the configuration and watching: every refusal comes from here.
enum StartUp {
    /// Makes the folders that are missing, and refuses those that would feed the service with its own files.
    ///
    /// - Parameter known: the inputs that were watched before: where one of these is gone, with a disk perhaps, nothing
    ///   is made in its place.
    static func prepareFolders(_ layout: ServiceLayout, known: Set<FilePath> = []) throws(StartFailure) {
        let state = layout.state
        try makeFolder(state, mode: 0o750)
        for folder in layout.folders where !known.contains(folder.input) || isThere(folder.input) {
            try makeFolder(folder.input)
            for target in folder.targets { try makeFolder(target.path) }
        }
        let inputs = layout.folders.enumerated().map { FolderRole(name: "in of folder \($0 + 1)", path: $1.input) }
        let filled = layout.folders.enumerated().flatMap { index, folder in
            folder.targets.map { FolderRole(name: "\($0.name) of folder \(index + 1)", path: $0.path) }
        }
        do {
            try FolderOverlap.find(
                inputs: inputs, filled: filled, others: [FolderRole(name: "the state folder", path: state)])
        } catch {
            throw StartFailure(end: .unsafeConfiguration, message: "\(error)")
        }
    }

    private static func isThere(_ path: FilePath) -> Bool { path.withPlatformString { access($0, F_OK) } == 0 }

    static func makeFolder(_ path: FilePath, mode: mode_t = 0o777) throws(StartFailure) {
        do {
            try createFolder(path, mode: mode)
        } catch {
            throw StartFailure(
                end: .environment,
                message:
                    "the folder \(PrintableName.escaped(path)) cannot be made: \(error); make it and give svertka's "
                    + "user (uid \(geteuid())) the right to write there")
        }
    }

    /// Makes a folder, and those above it, where they are missing.
    static func createFolder(_ path: FilePath, mode: mode_t = 0o777) throws(Errno) {
        var status = stat()
        if path.withPlatformString({ stat($0, &status) }) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw .notDirectory }
            return
        }
        let parent = path.removingLastComponent()
        if !parent.isEmpty, parent != path { try createFolder(parent) }
        guard path.withPlatformString({ mkdir($0, mode) }) == 0 || errno == EEXIST else {
            throw Errno(rawValue: errno)
        }
    }

    /// Locks the folders against a second service.
    static func lock(_ layout: ServiceLayout) throws(StartFailure) -> StateLock {
        do {
            return try StateLock(state: layout.state, roots: layout.folders.map(\.root))
        } catch {
            throw failure(error)
        }
    }

    /// Locks the folders of a new configuration; its state folder is that of the old one.
    static func lock(_ layout: ServiceLayout, with lock: StateLock) throws(StartFailure) {
        do {
            // One that is gone is locked when it comes back.
            try lock.setRoots(layout.folders.map(\.root).filter(isThere))
        } catch {
            throw failure(error)
        }
    }

    private static func failure(_ error: StateLock.Failure) -> StartFailure {
        if case .held = error { return StartFailure(end: .unsafeConfiguration, message: "\(error)") }
        return StartFailure(end: .environment, message: "\(error)")
    }

    static func openLedger(_ layout: ServiceLayout, _ log: Logger) throws(StartFailure) -> Ledger {
        do {
            let (ledger, damaged) = try Ledger.open(state: layout.state)
            if let damaged {
                log.error("the ledger was damaged; it is \(damaged.string) now, and a new one was begun")
            }
            return ledger
        } catch {
            throw StartFailure(end: .environment, message: "\(error)")
        }
    }

    /// Finishes what an earlier run left: files that were in work wait again, originals of recorded results leave.
    static func recover(
        _ layout: ServiceLayout, _ ledger: Ledger, lastEnd: LastEnd, _ log: Logger
    ) throws(StartFailure) {
        do {
            let recovered = try ledger.recover(blamesFiles: lastEnd.blamesFiles)
            for entry in recovered.leaving {
                guard let folder = layout.folders.first(where: { $0.input == entry.folder }) else { continue }
                leave(entry, folder, ledger, log)
            }
            let count = recovered.interrupted.count + recovered.leaving.count
            guard count > 0 else { return }
            log.notice("recovered \(count) files of the last run, which \(lastEnd)")
        } catch {
            throw StartFailure(end: .environment, message: "\(error)")
        }
    }

    /// Does for folders that a new configuration brings what a start does for all.
    static func finish(
        _ layout: ServiceLayout, _ ledger: Ledger, _ log: Logger, for isNew: (ServiceFolder) -> Bool
    ) {
        let new = layout.folders.filter(isNew)
        guard !new.isEmpty else { return }
        do {
            for entry in try ledger.leaving() {
                guard let folder = new.first(where: { $0.input == entry.folder }) else { continue }
                leave(entry, folder, ledger, log)
            }
        } catch {
            log.error("\(error)")
        }
        sweep(new, state: nil, log)
    }

    /// Removes the temporary files that dead processes left in the folders.
    static func sweep(_ folders: [ServiceFolder], state: FilePath?, _ log: Logger) {
        // A retry that died while it copied from another file system left one among the inputs.
        for path in Set(folders.flatMap { $0.targets.map(\.path) + [$0.input] } + (state.map { [$0] } ?? [])) {
            do throws(OutboxError) {
                let report = try TemporaryFiles.sweep(root: path)
                if !report.removed.isEmpty {
                    log.notice("\(PrintableName.escaped(path)): \(report.removed.count) temporary files removed")
                }
                if let failure = report.failures.first { log.warning("\(failure)") }
            } catch {
                log.warning("\(error)")
            }
        }
    }

    private static func leave(_ entry: LedgerEntry, _ folder: ServiceFolder, _ ledger: Ledger, _ log: Logger) {
        let originals = Originals()
        do {
            if entry.state == .failed {
                let failure = FileFailure(
                    code: entry.code ?? "failed", kind: .permanent, message: entry.reason ?? "it failed")
                _ = try originals.setAside(
                    entry.path, entry.identity, folder, entry.id, failure, attempts: entry.attempts, ledger: ledger)
            } else if case .stays = try originals.dispose(
                entry.path, entry.identity, folder, entry.id, ledger: ledger)
            {
                try ledger.left(entry.id, .dropped, to: nil)
            }
        } catch {
            log.error("\(PrintableName.escaped(entry.path)) of the last run could not be put away: \(error)")
        }
    }
}
