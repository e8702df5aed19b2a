import Glibc

/// A file in memory, without a name.
public final class ScratchFile {
    public let descriptor: Int32

    /// Nil when the machine gives none.
    public init?(_ bytes: [UInt8]) {
        var name = Array("/dev/shm/svertka-fuzz-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else { return nil }
        unlink(name)
        if !bytes.isEmpty, write(descriptor, bytes, bytes.count) != bytes.count { return nil }
    }

    deinit { close(descriptor) }
}
