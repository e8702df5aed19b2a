import Glibc

/// A file in memory, without a name.
public final class ScratchFile {
    public let descriptor: Int32

    /// Nil when the machine gives none.
    public init?(_ bytes: [UInt8]) {
        descriptor = memfd_create("svertka-fuzz", UInt32(MFD_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        if !bytes.isEmpty, write(descriptor, bytes, bytes.count) != bytes.count { return nil }
    }

    deinit { close(descriptor) }
}
