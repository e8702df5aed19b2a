import Glibc
import Synchronization
import SystemPackage

/// Keeps a second service from using the same state folder or the same watched root.
///
/// The kernel lets go of the locks when the process ends, however it ends.
public final class StateLock: Sendable {
    public enum Failure: Error, Sendable, Equatable {
        /// `holder` is the other process, where it can be told.
        case held(FilePath, holder: Int32?)
        case cannotLock(FilePath, Errno)
    }

    private let state: FileDescriptor
    private let isReleased = Atomic(false)
    private let roots = Mutex<[FolderIdentity: FileDescriptor]>([:])

    /// Locks the state folder, through the file `lock` in it, which holds our process number, and every root.
    public init(state: FilePath, roots: [FilePath]) throws(Failure) {
        self.state = try Self.lock(state.appending("lock"), O_RDWR | O_CREAT, holder: Self.writtenHolder)
        Self.writeOwnNumber(to: self.state)
        try setRoots(roots)
    }

    deinit { release() }

    /// Lets go of all locks, for good.
    public func release() {
        guard !isReleased.exchange(true, ordering: .relaxed) else { return }
        try? state.close()
        roots.withLock { roots in
            for descriptor in roots.values { try? descriptor.close() }
            roots = [:]
        }
    }

    /// Locks these roots and lets go of all others; after a failure the locks are what they were.
    public func setRoots(_ paths: [FilePath]) throws(Failure) {
        try roots.withLock { (roots) throws(Failure) in
            var wanted: [FolderIdentity: FileDescriptor] = [:]
            do throws(Failure) {
                for path in paths { try Self.lockRoot(path, held: roots, into: &wanted) }
            } catch {
                for (identity, descriptor) in wanted where roots[identity] == nil { try? descriptor.close() }
                throw error
            }
            Self.replace(&roots, by: wanted)
        }
    }

    /// Locks what stands at these paths now, and lets go of what stood there before, so that a file system that was
    /// taken away is free.
    ///
    /// - Returns: what could not be locked.
    public func follow(_ paths: [FilePath]) -> [Failure] {
        roots.withLock { roots in
            var wanted: [FolderIdentity: FileDescriptor] = [:]
            var failures: [Failure] = []
            for path in paths {
                do throws(Failure) {
                    try Self.lockRoot(path, held: roots, into: &wanted)
                } catch {
                    failures.append(error)
                }
            }
            Self.replace(&roots, by: wanted)
            return failures
        }
    }

    private static func lockRoot(
        _ path: FilePath, held: [FolderIdentity: FileDescriptor], into wanted: inout [FolderIdentity: FileDescriptor]
    ) throws(Failure) {
        var status = stat()
        guard path.withPlatformString({ stat($0, &status) }) == 0 else {
            throw .cannotLock(path, Errno(rawValue: errno))
        }
        // Two watched folders may share a root; one lock serves both.
        let identity = FolderIdentity(status)
        guard wanted[identity] == nil else { return }
        wanted[identity] =
            if let known = held[identity] {
                known
            } else {
                try lock(path, O_RDONLY | O_DIRECTORY, holder: kernelsHolder)
            }
    }

    private static func replace(
        _ roots: inout [FolderIdentity: FileDescriptor], by wanted: [FolderIdentity: FileDescriptor]
    ) {
        for (identity, descriptor) in roots where wanted[identity] == nil { try? descriptor.close() }
        roots = wanted
    }

    private static func lock(
        _ path: FilePath, _ flags: Int32, holder: (FileDescriptor) -> Int32?
    ) throws(Failure) -> FileDescriptor {
        var opened: Int32
        repeat {
            opened = path.withPlatformString { open($0, flags | O_CLOEXEC, 0o640) }
        } while opened < 0 && errno == EINTR
        guard opened >= 0 else { throw .cannotLock(path, Errno(rawValue: errno)) }
        let descriptor = FileDescriptor(rawValue: opened)
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno
            defer { try? descriptor.close() }
            throw error == EWOULDBLOCK
                ? .held(path, holder: holder(descriptor)) : .cannotLock(path, Errno(rawValue: error))
        }
        return descriptor
    }

    private static func writeOwnNumber(to file: FileDescriptor) {
        ftruncate(file.rawValue, 0)
        _ = try? file.writeAll(toAbsoluteOffset: 0, Array("\(getpid())\n".utf8))
    }

    private static func writtenHolder(_ file: FileDescriptor) -> Int32? {
        var buffer = [UInt8](repeating: 0, count: 16)
        guard let count = try? buffer.withUnsafeMutableBytes({ try file.read(fromAbsoluteOffset: 0, into: $0) })
        else { return nil }
        return Int32(String(decoding: buffer[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }

    /// From `/proc/locks`, where a line is `1: FLOCK ADVISORY WRITE 1234 fd:00:5678 0 EOF`.
    private static func kernelsHolder(_ file: FileDescriptor) -> Int32? {
        guard let status = try? status(of: file), let locks = fopen("/proc/locks", "re") else { return nil }
        defer { fclose(locks) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), locks) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            let fields = text.split(separator: " ")
            guard fields.count > 5, fields[1] == "FLOCK", fields[5].hasSuffix(":\(status.st_ino)"),
                let number = Int32(fields[4]), number > 0
            else { continue }
            return number
        }
        return nil
    }
}

extension StateLock.Failure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .held(let path, let holder?):
            "\(printable(path)) is held by another svertka, process \(holder); stop it, or give this one other folders"
        case .held(let path, nil):
            "\(printable(path)) is held by another svertka; stop it, or give this one other folders"
        case .cannotLock(let path, let error): "\(printable(path)) cannot be locked: \(error)"
        }
    }
}
