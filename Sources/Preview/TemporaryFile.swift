import Foundation
import Pipelines

/// A file without a name in the folder for such files (`TMPDIR`, else `/tmp`); it goes with the object.
final class TemporaryFile {
    let descriptor: Int32

    init() throws {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var name = Array((folder + "/svertka-XXXXXX").utf8CString)
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw Self.fault(errno) }
        unlink(name)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress!, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.fault(errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// - Throws: also where the file ends before `bytes` are full.
    func read(at offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let part = pread(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            if part < 0, errno == EINTR { continue }
            guard part > 0 else { throw Self.fault(part < 0 ? errno : EIO) }
            done += part
        }
    }

    func contents() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        try bytes.withUnsafeMutableBytes { try read(at: 0, into: $0) }
        return bytes
    }

    private static func fault(_ code: Int32) -> PictureError {
        PictureError(
            code: "temporary-file", kind: .transient, step: nil,
            message: "what the steps make cannot be kept: \(String(cString: strerror(code)))",
            hint: "set TMPDIR to a folder with more space")
    }
}
