import Glibc
import SystemPackage

/// Reads a whole file: a model, or an array for it.
public enum ModelFile {
    /// The bytes of a regular file.
    ///
    /// - Throws: `unreadable` for what is not there, not a regular file (a FIFO is not waited for) or changes its
    ///   size while it is read; `tooMany` beyond `limit` bytes.
    public static func bytes(of path: FilePath, limit: Int) throws(ModelError.Fault) -> [UInt8] {
        let descriptor = path.withPlatformString { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) }
        guard descriptor >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw .unreadable(String(cString: strerror(errno))) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw .unreadable("not a regular file") }
        let size = Int(facts.st_size)
        guard size <= limit else { throw .tooMany("bytes", count: size, allowed: limit) }
        var failure: String?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = read(descriptor, buffer.baseAddress! + count, size - count)
                if got > 0 {
                    count += got
                } else if got == 0 {
                    failure = "it became shorter while it was read"
                    return
                } else if errno != EINTR {
                    failure = String(cString: strerror(errno))
                    return
                }
            }
        }
        if let failure { throw .unreadable(failure) }
        return bytes
    }
}
