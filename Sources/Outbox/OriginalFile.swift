import Glibc
import SystemPackage

/// What becomes of an original once its results are safe, or once it has failed.
public enum OriginalFile {
    /// Moves a file below another folder: by a rename where both lie on one mount, else by a copy that is complete and
    /// safe before the original goes. At every moment the file is under one of the two names, whole; a process that
    /// dies in the middle of a copy leaves a temporary file.
    ///
    /// A name that is taken is numbered: `name-2.png`.
    ///
    /// - Parameters:
    ///   - path: where the file is, below `root`.
    ///   - newPath: where it goes, below `newRoot`; folders in it are created.
    ///   - expected: which file is meant; if another one, or other content, is at `path` now, nothing is moved. Nil moves whatever is
    ///     there.
    ///   - durable: whether folders (and the copy) are flushed to the disk.
    ///   - flushesRename: whether the folders are flushed after a mere rename too. Without that a loss of power may
    ///     undo the rename, but it never takes the file away; a copy is safe before the original goes in any case.
    /// - Returns: where it is now, below `newRoot`.
    /// - Throws: why it was not moved; only if the error's operation is `flush` has it been, without being safe yet.
    public static func move(
        _ path: FilePath, below root: FilePath, to newPath: FilePath, below newRoot: FilePath,
        expecting expected: FileVersion? = nil, durable: Bool = true, flushesRename: Bool = true
    ) throws(OutboxError) -> FilePath {
        try move(
            path, below: root, to: newPath, below: newRoot, expecting: expected, durable: durable,
            flushesRename: flushesRename, calls: .system)
    }

    static func move(
        _ path: FilePath, below root: FilePath, to newPath: FilePath, below newRoot: FilePath,
        expecting expected: FileVersion?, durable: Bool, flushesRename: Bool = true, calls: FileCalls
    ) throws(OutboxError) -> FilePath {
        var sources = try FolderTree(root: root, durable: durable, calls: calls)
        defer { sources.close() }
        var targets = try FolderTree(root: newRoot, durable: durable, calls: calls)
        defer { targets.close() }
        let relocation = Relocation(
            calls: calls, durable: durable, name: try sources.name(of: path, .move),
            source: try sources.parent(of: path, creating: false, .move), newName: try targets.name(of: newPath, .move),
            target: try targets.parent(of: newPath, creating: true, .move), path: sources.full(path),
            newPath: targets.full(newPath))
        let name = try relocation.run(expecting: expected)
        if durable, flushesRename {
            try targets.flush(relocation.target)
            try sources.flush(relocation.source)
        }
        return relocation.target.path.appending(name)
    }

    /// Where a file is that a process moved before it could say so: under the name it was to get, or a numbered one.
    ///
    /// - Parameter version: of the file; a copy on another file system is known by its size and time.
    /// - Returns: where it is below `root`; nil when it is not there.
    public static func find(
        _ path: FilePath, below root: FilePath, version: FileVersion
    ) throws(OutboxError) -> FilePath? {
        let calls = FileCalls.system
        var folders = try FolderTree(root: root, durable: false, calls: calls)
        defer { folders.close() }
        do throws(OutboxError) {
            let search = NumberSearch(
                calls: calls, name: try folders.name(of: path, .move),
                folder: try folders.parent(of: path, creating: false, .move))
            let found = try OutboxError.wrapping(.move, folders.full(path)) { () throws(Errno) in
                try search.firstTaken { (_, status) throws(Errno) in
                    let found = FileVersion(status)
                    return found.size == version.size && found.modified == version.modified
                        && (found.device != version.device || found.inode == version.inode)
                }
            }
            return found.map { search.folder.path.appending($0) }
        } catch  where error.errno == .noSuchFileOrDirectory {
            return nil
        }
    }

    /// Removes a file.
    ///
    /// - Parameters:
    ///   - path: where the file is, below `root`.
    ///   - expected: which file is meant; if another one, or other content, is at `path` now, nothing is
    ///     removed.
    ///   - durable: whether the folder is flushed to the disk.
    public static func remove(
        _ path: FilePath, below root: FilePath, expecting expected: FileVersion? = nil, durable: Bool = true
    ) throws(OutboxError) {
        let calls = FileCalls.system
        var folders = try FolderTree(root: root, durable: durable, calls: calls)
        defer { folders.close() }
        let name = try folders.name(of: path, .remove)
        let folder = try folders.parent(of: path, creating: false, .remove)
        let full = folders.full(path)
        let isExpected = try OutboxError.wrapping(.remove, full) { () throws(Errno) -> Bool in
            guard let status = try calls.status(name, in: folder.descriptor) else { throw .noSuchFileOrDirectory }
            if let expected, FileVersion(status) != expected { return false }
            try calls.remove(name, in: folder.descriptor)
            return true
        }
        guard isExpected else { throw OutboxError(.remove, full, .fileChanged) }
        if durable { try folders.flush(folder) }
    }
}
