import CLinux
import Glibc
import SystemPackage

/// The system calls of this module, in one place so that a test can make the nth one fail.
struct FileCalls: Sendable {
    enum Call: Hashable, Sendable {
        case open, makeFolder, create, status, read, write, flush, close, rename, link, remove, setAttributes
    }

    /// Asked before each call; an error stands for the call, which is then not made.
    var fail: (@Sendable (Call) -> Errno?)?

    static let system = FileCalls()

    // MARK: Folders

    func openFolder(_ path: FilePath) throws(Errno) -> Int32 {
        try result(.open) { path.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) } }
    }

    /// Opens a folder by one component, so that neither a link nor `..` can lead elsewhere.
    func openFolder(_ name: FilePath.Component, in folder: Int32) throws(Errno) -> Int32 {
        try result(.open) {
            name.withPlatformString { openat(folder, $0, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) }
        }
    }

    func makeFolder(_ name: FilePath.Component, in folder: Int32) throws(Errno) {
        _ = try result(.makeFolder) { name.withPlatformString { mkdirat(folder, $0, 0o777) } }
    }

    // MARK: Files

    /// Creates a file that did not exist; never follows a link.
    func create(_ name: FilePath.Component, in folder: Int32, mode: mode_t) throws(Errno) -> Int32 {
        try result(.create) {
            name.withPlatformString {
                openat(folder, $0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
            }
        }
    }

    /// Opens a regular file for reading; a FIFO of that name does not block it.
    func openFile(_ name: FilePath.Component, in folder: Int32) throws(Errno) -> Int32 {
        try result(.open) {
            name.withPlatformString { openat(folder, $0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
        }
    }

    func status(_ descriptor: Int32) throws(Errno) -> stat {
        var status = stat()
        _ = try result(.status) { fstat(descriptor, &status) }
        return status
    }

    func status(_ path: FilePath) throws(Errno) -> stat {
        var status = stat()
        _ = try result(.status) { path.withPlatformString { fstatat(AT_FDCWD, $0, &status, 0) } }
        return status
    }

    /// What the name itself is, a link included; nil when there is nothing.
    func status(_ name: FilePath.Component, in folder: Int32) throws(Errno) -> stat? {
        var status = stat()
        do {
            _ = try result(.status) { name.withPlatformString { fstatat(folder, $0, &status, AT_SYMLINK_NOFOLLOW) } }
            return status
        } catch .noSuchFileOrDirectory {
            return nil
        }
    }

    func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try result(.read) { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
    }

    func writeAll(_ buffer: UnsafeRawBufferPointer, to descriptor: Int32) throws(Errno) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            let count = try result(.write) { Glibc.write(descriptor, piece.baseAddress, piece.count) }
            rest = rest.dropFirst(count)
        }
    }

    /// Flushes file or folder to the disk. A failure is final: the kernel marks the lost pages as clean, and asking
    /// again would be answered with success.
    func flush(_ descriptor: Int32) throws(Errno) { _ = try result(.flush) { fsync(descriptor) } }

    /// Sends what was written on its way to the disk and does not wait. Nothing is said of errors: `flush` says them.
    func startFlush(_ descriptor: Int32) { _ = clinux_start_writeback(descriptor) }

    /// Flushes a folder; file systems that do not know this of folders do not need it.
    func flushFolder(_ descriptor: Int32) throws(Errno) {
        do {
            try flush(descriptor)
        } catch .invalidArgument, .notSupported {
        }
    }

    /// Closes; the descriptor is gone whatever the answer is, so that this is never repeated.
    func close(_ descriptor: Int32) throws(Errno) {
        let status = Glibc.close(descriptor)
        if let error = fail?(.close) { throw error }
        if status != 0, Glibc.errno != EINTR { throw Errno(rawValue: Glibc.errno) }
    }

    // MARK: Names

    /// Renames within the two folders, over whatever has the new name.
    func rename(
        _ old: FilePath.Component, in oldFolder: Int32, to new: FilePath.Component, in newFolder: Int32
    ) throws(Errno) {
        _ = try result(.rename) {
            old.withPlatformString { old in new.withPlatformString { renameat(oldFolder, old, newFolder, $0) } }
        }
    }

    /// Exchanges what the two names of one folder stand for.
    func exchange(_ one: FilePath.Component, _ other: FilePath.Component, in folder: Int32) throws(Errno) {
        _ = try result(.rename) {
            one.withPlatformString { one in
                other.withPlatformString { clinux_rename(folder, one, folder, $0, UInt32(CLINUX_RENAME_EXCHANGE)) }
            }
        }
    }

    /// Renames if nothing has the new name; false when something has.
    ///
    /// Where the file system cannot do it in one step, a link to the new name (which fails if it exists) and the
    /// removal of the old one do the same; where it has no links either, a look goes before the rename, and a file
    /// that appears between the two is replaced.
    func renameUnlessTaken(
        _ old: FilePath.Component, in oldFolder: Int32, to new: FilePath.Component, in newFolder: Int32
    ) throws(Errno) -> Bool {
        do {
            _ = try result(.rename) {
                old.withPlatformString { old in
                    new.withPlatformString {
                        clinux_rename(oldFolder, old, newFolder, $0, UInt32(CLINUX_RENAME_NOREPLACE))
                    }
                }
            }
            return true
        } catch .fileExists {
            return false
        } catch .invalidArgument, .noFunction, .notSupported {
        }
        do {
            _ = try result(.link) {
                old.withPlatformString { old in new.withPlatformString { linkat(oldFolder, old, newFolder, $0, 0) } }
            }
        } catch .fileExists {
            return false
        } catch .notPermitted, .notSupported, .noFunction, .tooManyLinks {
            if try status(new, in: newFolder) != nil { return false }
            try rename(old, in: oldFolder, to: new, in: newFolder)
            return true
        }
        try remove(old, in: oldFolder)
        return true
    }

    func remove(_ name: FilePath.Component, in folder: Int32) throws(Errno) {
        _ = try result(.remove) { name.withPlatformString { unlinkat(folder, $0, 0) } }
    }

    // MARK: Attributes

    func setAttributes(of descriptor: Int32, like original: stat) throws(Errno) {
        _ = try result(.setAttributes) { fchmod(descriptor, original.st_mode & 0o7777) }
        let times = [original.st_atim, original.st_mtim]
        _ = try result(.setAttributes) { futimens(descriptor, times) }
    }

    // MARK: Errors

    /// Makes the call again as long as a signal interrupts it.
    private func result<Value: SignedInteger>(_ call: Call, _ body: () -> Value) throws(Errno) -> Value {
        while true {
            if let error = fail?(call) {
                if error == .interrupted { continue }
                throw error
            }
            let value = body()
            if value >= 0 { return value }
            let error = Errno(rawValue: Glibc.errno)
            if error != .interrupted { throw error }
        }
    }
}
