import Glibc
import SystemPackage

/// A limit of the machine that keeps a folder from being watched.
public enum WatchLimit: Sendable, Hashable {
    /// `fs.inotify.max_user_watches`, for all programs of this user together.
    case watches
    /// `fs.inotify.max_user_instances`, or the process's open files.
    case instances
    /// The kernel has no memory for another watch.
    case memory

    init?(_ error: Errno) {
        switch error {
        case .noSpace: self = .watches
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem: self = .instances
        case .noMemory: self = .memory
        default: return nil
        }
    }
}

extension WatchLimit: CustomStringConvertible {
    public var description: String {
        switch self {
        case .watches:
            """
            the limit of watched folders is used up\(Self.current("max_user_watches")); \
            raise it with: sysctl fs.inotify.max_user_watches=524288
            """
        case .instances:
            """
            the limit of inotify instances\(Self.current("max_user_instances")) or of open files is used up; \
            raise it with: sysctl fs.inotify.max_user_instances=1024, or LimitNOFILE= in the service's unit
            """
        case .memory:
            "the kernel has no memory left for another watch"
        }
    }

    /// `" (192536)"`, or nothing where a sandbox hides the setting.
    private static func current(_ setting: String) -> String {
        guard let file = try? FileDescriptor.open(FilePath("/proc/sys/fs/inotify/\(setting)"), .readOnly)
        else { return "" }
        defer { try? file.close() }
        var buffer = [UInt8](repeating: 0, count: 32)
        guard let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }),
            let value = Int(String(decoding: buffer[..<count], as: UTF8.self).filter(\.isNumber))
        else { return "" }
        return " (\(value))"
    }
}
