import Synchronization
import SystemPackage

/// Which input of a run a result's name belongs to, so that two inputs of one run never write the same file.
///
/// A claim lasts as long as this object: use one for each batch. A batch that wants the same names whatever its threads
/// do claims them in the order of its inputs before it starts. The service uses none: there a file of the same name
/// that arrives later is a new version.
public final class OutputClaims: Sendable {
    private let owners = Mutex<[NameDigest: Int]>([:])

    public init() {}

    /// Claims `path` below the folder for input number `owner`; false when another input has it.
    func claim(_ path: FilePath, below root: FileIdentity, for owner: Int) -> Bool {
        let key = NameDigest { hasher in
            hasher.combine(root)
            hasher.combine(path)
        }
        return owners.withLock { owners in
            if let earlier = owners[key] { return earlier == owner }
            owners[key] = owner
            return true
        }
    }

    /// Claims `path` below the folder `root`, which exists, for input number `owner`; false when another input has it.
    public func claim(_ path: FilePath, below root: FilePath, for owner: Int) throws(OutboxError) -> Bool {
        do {
            return claim(path, below: FileIdentity(try FileCalls.system.status(root)), for: owner)
        } catch {
            throw OutboxError(.openFolder, root, .system(error))
        }
    }
}
