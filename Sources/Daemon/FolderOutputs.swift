import Intake
import Outbox
import Pipelines
import Synchronization
import SystemPackage

/// Which results are being written, and for which file: two files that give a result of one name never both replace it.
final class ResultClaims: Sendable {
    private let owners = Mutex<[FilePath: FileKey]>([:])

    /// False while another file has the name.
    func claim(_ result: FilePath, for file: FileKey) -> Bool {
        owners.withLock { owners in
            if let owner = owners[result] { return owner == file }
            owners[result] = file
            return true
        }
    }

    func release(_ results: [FilePath]) {
        owners.withLock { owners in
            for result in results { owners[result] = nil }
        }
    }
}

/// The results of one picture as a publication.
///
/// With the policy `replace` a result takes the place of an earlier one of the same file, and of what somebody else put
/// there, but never of the result of another file: `a.png` and `a.jpg` would wipe out each other's.
final class FolderOutputs: OutputProvider {
    private let publication: Publication
    private let file: ReadyFile
    private let ledger: Ledger
    private let claims: ResultClaims
    private let claimed = Mutex<[FilePath]>([])

    init(_ publication: Publication, of file: ReadyFile, _ ledger: Ledger, _ claims: ResultClaims) {
        self.publication = publication
        self.file = file
        self.ledger = ledger
        self.claims = claims
    }

    func create(_ relativePath: [UInt8]) throws -> Int32? {
        try publication.create(claimedPath(relativePath), onConflict: file.folder.onConflict)
    }

    func createUnnamed() throws -> Int32 { try publication.createUnnamed() }

    func name(_ descriptor: Int32, _ relativePath: [UInt8]) throws -> Bool {
        try publication.name(descriptor, claimedPath(relativePath), onConflict: file.folder.onConflict)
    }

    /// To be called when the results are recorded, or given up.
    func end() { claims.release(claimed.withLock { $0 }) }

    private func claimedPath(_ relativePath: [UInt8]) throws -> FilePath {
        let path = FilePath(bytes: relativePath)
        guard file.folder.onConflict == .replace else { return path }
        let result = file.folder.output.appending(path.components)
        guard claims.claim(result, for: file.key),
            try ledger.owner(of: result).map({ $0 == (file.folder.input, file.key.path) }) ?? true
        else { throw OutboxError(.create, result, .claimedByOtherInput) }
        claimed.withLock { $0.append(result) }
        return path
    }
}
