import Glibc
import Intake
import Outbox
import Specification
import SystemPackage

extension ServiceView {
    /// The latest entries of the ledger, of one state or of all.
    public func history(of state: LedgerEntry.State?, limit: Int) throws(Failure) -> [LedgerEntry] {
        do {
            return try ledger?.history(of: state, limit: limit) ?? []
        } catch {
            throw Failure(end: .environment, description: "\(error)")
        }
    }

    /// Puts failed files back where they were dropped, without their notes; the service takes them like new ones.
    ///
    /// A file over whose content the process died is trusted again.
    ///
    /// - Parameter paths: files in `failed`, or the places in `in` that they were dropped at; nil for all that failed.
    /// - Returns: for each file where it is now, or why it stays.
    public func retry(_ paths: [FilePath]?) throws(Failure) -> [(file: FilePath, result: Result<FilePath, OutboxError>)]
    {
        // The latest first: a place may have held several files that failed one after the other.
        var places: Set<FilePath> = []
        let failed = try history(of: .failed, limit: .max).filter { entry in
            guard let place = entry.movedTo, exists(place) else { return false }
            let dropped = entry.folder.appending(entry.path.components)
            guard paths?.contains(where: { isSame($0, place) || isSame($0, dropped) }) ?? true else { return false }
            return places.insert(place).inserted
        }
        var results: [(file: FilePath, result: Result<FilePath, OutboxError>)] = []
        for entry in failed {
            guard let place = entry.movedTo else { continue }
            do {
                if let hash = entry.hash { try Ledger.open(state: layout.state).ledger.forgive(hash) }
            } catch {
                throw Failure(end: .environment, description: "\(error)")
            }
            do throws(OutboxError) {
                guard let failed = layout.folders.first(where: { $0.input == entry.folder })?.failed else { continue }
                let moved = try Originals().putBack(place, failed: failed, to: entry.folder, as: entry.path)
                results.append((place, .success(moved)))
            } catch {
                results.append((place, .failure(error)))
            }
        }
        return results
    }

    private func exists(_ path: FilePath) -> Bool { path.withPlatformString { access($0, F_OK) } == 0 }

    private func isSame(_ path: FilePath, _ other: FilePath) -> Bool {
        var cwd = FilePath(".")
        if path.isRelative, let real = realpath(".", nil) {
            cwd = FilePath(platformString: real)
            free(real)
        }
        return cwd.pushing(path).lexicallyNormalized() == other.lexicallyNormalized()
    }
}
