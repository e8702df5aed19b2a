import Glibc
import SystemPackage

/// A temporary folder that vanishes with its owner, and ways to put files into it.
final class DropFolder: Sendable {
    let path: FilePath

    init() throws {
        var template = Array("/tmp/svertka-intake-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        path = FilePath(platformString: template)
    }

    deinit {
        _ = run("/bin/rm", "-rf", path.string)
    }

    /// 67 bytes: one black pixel.
    static let picture: [UInt8] = [
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1,
        8, 0,
        0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0,
        1,
        0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
    ]

    func write(_ name: FilePath, _ bytes: [UInt8] = picture) throws {
        let file = try FileDescriptor.open(
            path.pushing(name), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(bytes) }
    }

    func makeFolder(_ name: FilePath) throws {
        guard path.pushing(name).withPlatformString({ mkdir($0, 0o755) }) == 0 else { throw Errno(rawValue: errno) }
    }

    func move(_ from: FilePath, to: FilePath) throws {
        let result = path.pushing(from).withPlatformString { from in
            path.pushing(to).withPlatformString { to in rename(from, to) }
        }
        guard result == 0 else { throw Errno(rawValue: errno) }
    }

    func link(_ from: FilePath, to: FilePath) throws {
        let result = path.pushing(from).withPlatformString { from in
            path.pushing(to).withPlatformString { to in Glibc.link(from, to) }
        }
        guard result == 0 else { throw Errno(rawValue: errno) }
    }

    func remove(_ name: FilePath) throws {
        guard path.pushing(name).withPlatformString({ unlink($0) }) == 0 else { throw Errno(rawValue: errno) }
    }
}

/// Runs a program and returns its exit status.
@discardableResult
func run(_ arguments: String...) -> Int32 {
    var child = pid_t()
    var list = arguments.map { strdup($0) } + [nil]
    defer { list.forEach { free($0) } }
    guard posix_spawn(&child, arguments[0], nil, nil, &list, environ) == 0 else { return -1 }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return status
}

extension FilePath: @retroactive ExpressibleByStringInterpolation {}
