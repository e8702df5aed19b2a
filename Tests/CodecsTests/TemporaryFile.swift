import Glibc

/// A file without a name that lives until it is closed.
final class TemporaryFile {
    let descriptor: Int32

    init(_ bytes: [UInt8] = []) {
        var template = Array("/tmp/svertka-codecs-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        precondition(descriptor >= 0)
        unlink(template)
        bytes.withUnsafeBytes { raw in
            var done = 0
            while done < raw.count { done += write(descriptor, raw.baseAddress! + done, raw.count - done) }
        }
    }

    /// An existing file; nil when it cannot be opened.
    init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    var bytes: [UInt8] {
        var status = stat()
        fstat(descriptor, &status)
        let count = Int(status.st_size)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress, count, 0))
        }
    }
}
