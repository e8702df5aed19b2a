import Synchronization
import SystemPackage

/// Which input of a run a result's name belongs to, so that two inputs of one run never write the same file.
///
/// A claim lasts as long as this object: use one for each batch. A batch that wants the same names whatever its threads
/// do claims them in the order of its inputs before it starts. The service uses none: there a file of the same name
/// that arrives later is a new version.
public final class OutputClaims: Sendable {
    private struct Key: Hashable {
        let device: UInt64
        let inode: UInt64
        let path: FilePath
    }

    private let owners = Mutex<[Key: Int]>([:])

    public init() {}

    /// Claims `path` below the folder for input number `owner`; false when another input has it.
    func claim(_ path: FilePath, below root: FileIdentity, for owner: Int) -> Bool {
        owners.withLock { owners in
            let key = Key(device: root.device, inode: root.inode, path: path)
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
