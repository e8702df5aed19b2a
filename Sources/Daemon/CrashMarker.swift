import Glibc
import Synchronization
import SystemPackage

/// Tells the next start whether this process ended by a signal that it raised itself (a trap, a bad access, an abort)
/// or was killed from outside: the first speaks against the file in work, the second does not.
enum CrashMarker {
    static let fileName: FilePath.Component = "crashed"
    private static let file = Atomic<Int32>(-1)

    /// Takes away the marker that an earlier run left.
    ///
    /// - Returns: the number of the signal that ended it; nil when there is no marker.
    static func take(from state: FilePath) -> Int32? {
        let path = state.appending(fileName)
        guard let marker = try? FileDescriptor.open(path, .readOnly) else { return nil }
        defer { try? marker.close() }
        var byte: UInt8 = 0
        let count = try? withUnsafeMutableBytes(of: &byte) { try marker.read(into: $0) }
        return count == 1 ? Int32(byte) : nil
    }

    /// From now on such a signal leaves a marker. The file is opened now: a handler may do little more than write.
    static func arm(in state: FilePath) throws(Errno) {
        let opened: FileDescriptor
        do {
            opened = try FileDescriptor.open(
                state.appending(fileName), .writeOnly, options: [.create, .truncate, .closeOnExec, .noFollow],
                permissions: [.ownerReadWrite, .groupRead])
        } catch {
            throw error as? Errno ?? .ioError
        }
        file.store(opened.rawValue, ordering: .releasing)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { signal in
            var byte = UInt8(truncatingIfNeeded: signal)
            _ = pwrite(CrashMarker.file.load(ordering: .acquiring), &byte, 1, 0)
            // Ends as it would have without us, with a core file where those are wanted.
            Glibc.signal(signal, SIG_DFL)
            raise(signal)
        }
        action.sa_flags = Int32(bitPattern: UInt32(SA_NODEFER))
        for signal in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS] { sigaction(signal, &action, nil) }
    }
}
