import Glibc
import SystemPackage

/// An open root, under which files are reached without ever following a symbolic link.
///
/// It is opened for a moment and closed again: a descriptor that stays open would keep the file system from being
/// unmounted.
struct RootFolder: ~Copyable {
    private let descriptor: FileDescriptor
    let identity: FolderIdentity

    init(opening path: FilePath) throws(Errno) {
        let opened = try Self.open(path, beneath: nil, flags: O_RDONLY | O_DIRECTORY)
        let identity: FolderIdentity
        do throws(Errno) {
            identity = FolderIdentity(try status(of: opened))
        } catch {
            try? opened.close()
            throw error
        }
        descriptor = opened
        self.identity = identity
    }

    deinit {
        try? descriptor.close()
    }

    /// Opens the folder at a relative path; an empty path is the root itself.
    func openFolder(_ path: FilePath) throws(Errno) -> FileDescriptor {
        var folder = try Self.open(".", beneath: descriptor, flags: O_RDONLY | O_DIRECTORY)
        for component in path.components {
            let next: FileDescriptor
            do {
                next = try Self.open(FilePath(root: nil, [component]), beneath: folder, flags: Self.folderFlags)
            } catch {
                try? folder.close()
                throw error
            }
            try? folder.close()
            folder = next
        }
        return folder
    }

    /// Opens the file at a relative path for reading, without waiting for a pipe's other end.
    func openFile(_ path: FilePath) throws(Errno) -> FileDescriptor {
        let folder = try openFolder(path.removingLastComponent())
        defer { try? folder.close() }
        guard let name = path.lastComponent else { throw .isDirectory }
        return try Self.open(FilePath(root: nil, [name]), beneath: folder, flags: Self.fileFlags)
    }

    /// What a look at the path finds.
    ///
    /// - Parameter asksForWriters: false where the kernel does not know about writers on other machines.
    func look(at path: FilePath, matcher: PathMatcher, asksForWriters: Bool) -> Look {
        var known: FileIdentity?
        do throws(Errno) {
            let folder = try openFolder(path.removingLastComponent())
            defer { try? folder.close() }
            guard let name = path.lastComponent else { return .vanished }
            let namePath = FilePath(root: nil, [name])
            let before = try status(of: namePath, beneath: folder)
            let identity = FileIdentity(before)
            known = identity
            switch Self.notAFile(before) {
            case nil: break
            // Folders are the scans' business.
            case .folder: return .vanished
            case .some(let reason): return .ignored(identity, reason)
            }
            if let reason = matcher.refusal(of: path) { return .ignored(identity, reason) }
            let file = try Self.open(namePath, beneath: folder, flags: Self.fileFlags)
            defer { try? file.close() }
            let after = try status(of: file)
            if let reason = Self.notAFile(after) { return .ignored(FileIdentity(after), reason) }
            return .file(
                FileIdentity(after), isWhole: PictureEnds.areWhole(in: file, size: Int64(after.st_size)),
                writer: asksForWriters ? writer(of: file) : .unknown)
        } catch {
            return switch error {
            case .noSuchFileOrDirectory, .notDirectory: .vanished
            // The last component became a symbolic link between the two calls.
            case .tooManySymbolicLinkLevels: .vanished
            default: .unreadable(known, error)
            }
        }
    }

    private static let folderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
    private static let fileFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY

    private static func open(
        _ path: FilePath, beneath folder: FileDescriptor?, flags: Int32
    ) throws(Errno) -> FileDescriptor {
        while true {
            let opened = path.withPlatformString { openat(folder?.rawValue ?? AT_FDCWD, $0, flags | O_CLOEXEC) }
            if opened >= 0 { return FileDescriptor(rawValue: opened) }
            guard errno == EINTR else { throw Errno(rawValue: errno) }
        }
    }

    static func notAFile(_ status: stat) -> IgnoredReason? {
        switch status.st_mode & S_IFMT {
        case S_IFREG: nil
        case S_IFLNK: .symbolicLink
        case S_IFIFO: .namedPipe
        case S_IFSOCK: .socket
        case S_IFCHR, S_IFBLK: .device
        case S_IFDIR: .folder
        default: .otherFileSystemObject
        }
    }
}

func status(of file: FileDescriptor) throws(Errno) -> stat {
    var status = stat()
    guard fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    return status
}

/// The status of a name in a folder, not of what a symbolic link there points to.
func status(of name: FilePath, beneath folder: FileDescriptor) throws(Errno) -> stat {
    var status = stat()
    let result = name.withPlatformString { fstatat(folder.rawValue, $0, &status, AT_SYMLINK_NOFOLLOW) }
    guard result == 0 else { throw Errno(rawValue: errno) }
    return status
}

/// Asks the kernel for a read lease, which it grants only while nobody has the file open for writing (a shared
/// mapping counts), and gives it back at once.
///
/// A program that opens the file for writing in between is delayed for that moment, and the kernel sends SIGIO, which
/// `Intake` ignores for the whole process.
private func writer(of file: FileDescriptor) -> Look.Writer {
    guard setLease(file.rawValue, F_RDLCK) == 0 else { return errno == EAGAIN ? .open : .unknown }
    _ = setLease(file.rawValue, F_UNLCK)
    return .none
}

/// `fcntl`'s command number, which the C library hides behind a feature macro.
private let setLeaseCommand: Int32 = 1024

private func setLease(_ file: Int32, _ kind: Int32) -> Int32 {
    fcntl(file, setLeaseCommand, kind)
}
