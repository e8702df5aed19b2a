import Glibc

/// Which file stood at a path when it was looked at, to tell later whether other bytes may stand there.
///
/// A reader takes the stamp before it reads: a change in between is then noticed as one that came afterwards.
public struct FileStamp: Hashable, Sendable {
    public let path: PathBytes
    /// nil when there was no file.
    public let version: Version?

    /// A file with the bytes that it had at some time, by whatever path. Times are nanoseconds since 1970, wrapped to 64
    /// bits.
    public struct Version: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let modified: Int64
        let changed: Int64
    }

    /// Looks at the path now; symbolic links are followed.
    public init(_ path: PathBytes) {
        self.path = path
        var status = stat()
        guard path.withCString({ stat($0, &status) }) == 0 else {
            version = nil
            return
        }
        version = Version(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            modified: Self.nanoseconds(status.st_mtim), changed: Self.nanoseconds(status.st_ctim))
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// The same path, looked at now.
    public var renewed: FileStamp { FileStamp(path) }

    /// Whether nothing has changed since.
    public var isCurrent: Bool { renewed == self }
}
