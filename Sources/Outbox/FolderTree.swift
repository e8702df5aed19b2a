import Glibc
import SystemPackage

/// A folder that was opened once, and folders below it, each reached from the one above by one component and never
/// through a symbolic link: a path below the root cannot lead out of it, whatever others do there meanwhile.
///
/// Holds descriptors: `close()` ends it.
struct FolderTree {
    struct Folder {
        /// Below the root.
        let path: FilePath
        let descriptor: Int32
        /// The longest name that its file system takes, in bytes.
        let nameLimit: Int

        init(path: FilePath, descriptor: Int32) {
            self.path = path
            self.descriptor = descriptor
            let limit = fpathconf(descriptor, Int32(_PC_NAME_MAX))
            nameLimit = limit > 0 ? limit : 255
        }
    }

    let root: FilePath
    private let calls: FileCalls
    /// Whether folders that are created are flushed to the disk.
    private let durable: Bool
    /// The root first.
    private var folders: [Folder]

    init(root: FilePath, durable: Bool, calls: FileCalls) throws(OutboxError) {
        self.root = root
        self.calls = calls
        self.durable = durable
        do {
            folders = [Folder(path: FilePath(), descriptor: try calls.openFolder(root))]
        } catch {
            throw OutboxError(.openFolder, root, .system(error))
        }
    }

    /// The root itself.
    var top: Folder { folders[0] }

    /// For messages.
    func full(_ path: FilePath) -> FilePath { root.appending(path.components) }

    /// The last component of a relative path without `.` and `..`.
    func name(of path: FilePath, _ operation: OutboxError.Operation) throws(OutboxError) -> FilePath.Component {
        guard path.root == nil, let name = path.lastComponent, path.components.allSatisfy({ $0.kind == .regular })
        else {
            throw OutboxError(operation, path, .pathLeavesFolder)
        }
        return name
    }

    /// The folder in which the file at `path` is, or is to be.
    ///
    /// - Parameter creating: whether folders that do not exist are created.
    mutating func parent(
        of path: FilePath, creating: Bool, _ operation: OutboxError.Operation
    ) throws(OutboxError) -> Folder {
        let name = try name(of: path, operation)
        let folder = try open(path.removingLastComponent(), creating: creating)
        try checkLength(of: name, in: folder, operation)
        return folder
    }

    private mutating func open(_ path: FilePath, creating: Bool) throws(OutboxError) -> Folder {
        if let known = folders.first(where: { $0.path == path }) { return known }
        guard let name = path.lastComponent else { return folders[0] }
        let above = try open(path.removingLastComponent(), creating: creating)
        try checkLength(of: name, in: above, .openFolder)
        let descriptor: Int32
        do {
            descriptor = try calls.openFolder(name, in: above.descriptor)
        } catch .noSuchFileOrDirectory where creating {
            descriptor = try create(name, in: above)
        } catch {
            throw OutboxError(.openFolder, full(path), .system(error))
        }
        let folder = Folder(path: path, descriptor: descriptor)
        folders.append(folder)
        return folder
    }

    private func create(_ name: FilePath.Component, in above: Folder) throws(OutboxError) -> Int32 {
        do {
            do throws(Errno) {
                try calls.makeFolder(name, in: above.descriptor)
            } catch .fileExists {
                // Somebody else was faster.
            }
            if durable { try calls.flushFolder(above.descriptor) }
            return try calls.openFolder(name, in: above.descriptor)
        } catch {
            throw OutboxError(.createFolder, full(above.path.appending(name)), .system(error))
        }
    }

    private func checkLength(
        of name: FilePath.Component, in folder: Folder, _ operation: OutboxError.Operation
    ) throws(OutboxError) {
        let length = PrintableName.bytes(of: name).count
        guard length <= folder.nameLimit else {
            throw OutboxError(
                operation, full(folder.path.appending(name)), .nameTooLong(bytes: length, allowed: folder.nameLimit))
        }
    }

    /// Which folder the root is.
    func identity() throws(OutboxError) -> FileIdentity {
        do {
            return FileIdentity(try calls.status(folders[0].descriptor))
        } catch {
            throw OutboxError(.openFolder, root, .system(error))
        }
    }

    /// Whether the root's path still leads to the folder that was opened.
    func verifyRoot() throws(OutboxError) {
        let opened = try identity()
        do {
            if FileIdentity(try calls.status(root)) == opened { return }
        } catch .noSuchFileOrDirectory, .notDirectory {
        } catch {
            throw OutboxError(.openFolder, root, .system(error))
        }
        throw OutboxError(.publish, root, .folderReplaced)
    }

    /// Flushes a folder to the disk, so that the names in it survive a loss of power.
    func flush(_ folder: Folder) throws(OutboxError) {
        do {
            try calls.flushFolder(folder.descriptor)
        } catch {
            throw OutboxError(.flush, full(folder.path), .system(error))
        }
    }

    mutating func close() {
        for folder in folders.reversed() { try? calls.close(folder.descriptor) }
        folders = []
    }
}
