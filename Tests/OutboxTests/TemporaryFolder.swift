import Glibc
import SystemPackage
import Testing

@testable import Outbox

/// A folder of its own for one test, removed with everything in it.
final class TemporaryFolder {
    let path: FilePath

    /// In memory where there is such a place: these tests flush thousands of files.
    static let usualParent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"

    init(in parent: String = usualParent) throws {
        var template = Array("\(parent)/svertka-outbox-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } }
        path = FilePath(String(cString: try #require(made)))
    }

    deinit { remove(path) }

    /// A folder to which nothing can be renamed from the others; nil where there is no such device.
    static func onOtherDevice() throws -> TemporaryFolder? {
        var here = stat()
        var there = stat()
        guard stat(usualParent, &here) == 0, stat("/tmp", &there) == 0, here.st_dev != there.st_dev else { return nil }
        return try TemporaryFolder(in: "/tmp")
    }

    private func remove(_ path: FilePath) {
        if path.withPlatformString({ unlink($0) }) == 0 { return }
        guard let folder = path.withPlatformString({ opendir($0) }) else { return }
        for name in Self.names(folder) { remove(path.appending(filePath(name).components)) }
        closedir(folder)
        _ = path.withPlatformString { rmdir($0) }
    }

    func write(_ bytes: [UInt8], to path: FilePath) throws {
        let file = try FileDescriptor.open(
            self.path.appending(path.components), .writeOnly, options: [.create, .truncate],
            permissions: [.ownerReadWrite])
        try file.closeAfter { _ = try file.writeAll(bytes) }
    }

    func write(_ text: String, to path: FilePath) throws { try write(Array(text.utf8), to: path) }

    /// The file's bytes as text; nil when there is none.
    func text(_ path: FilePath) -> String? {
        guard let file = try? FileDescriptor.open(self.path.appending(path.components), .readOnly) else { return nil }
        defer { try? file.close() }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = bytes.withUnsafeMutableBytes { (try? file.read(into: $0)) ?? 0 }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    func makeFolder(_ path: FilePath) throws {
        let status = self.path.appending(path.components).withPlatformString { mkdir($0, 0o755) }
        try #require(status == 0)
    }

    func link(_ path: FilePath, to target: String) throws {
        try #require(self.path.appending(path.components).withPlatformString { symlink(target, $0) } == 0)
    }

    func exists(_ path: FilePath) -> Bool {
        var status = stat()
        return self.path.appending(path.components).withPlatformString { lstat($0, &status) } == 0
    }

    /// The names in a folder, sorted by their bytes.
    func names(in path: FilePath = FilePath()) throws -> [[UInt8]] {
        let folder = try #require(self.path.appending(path.components).withPlatformString { opendir($0) })
        defer { closedir(folder) }
        return Self.names(folder).sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func names(_ folder: OpaquePointer) -> [[UInt8]] {
        var names: [[UInt8]] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
        }
        return names
    }

    func texts(in path: FilePath = FilePath()) throws -> [String] {
        try names(in: path).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// A path from bytes, which need not be UTF-8.
func filePath(_ bytes: [UInt8]) -> FilePath {
    (bytes.map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer { buffer in
        buffer.baseAddress.map(FilePath.init(platformString:)) ?? FilePath()
    }
}

func write(_ text: String, to descriptor: Int32?) throws {
    _ = try FileDescriptor(rawValue: #require(descriptor)).writeAll(Array(text.utf8))
}
