import Glibc
import Synchronization
import SystemPackage

/// The signals that steer the program, as bytes in a pipe, whichever thread they come to.
public enum ControlSignals {
    /// Where the handler writes; −1 while nobody listens.
    private static let pipeEnd = Atomic<Int32>(-1)

    /// Until somebody listens a SIGHUP would end the process; what is being read now is as new as it gets.
    static func ignoreReloads() { signal(SIGHUP, SIG_IGN) }

    /// - Returns: the end of the pipe to read from: each byte is the number of a signal.
    public static func listen(for signals: [Int32]) throws(Errno) -> FileDescriptor {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Errno(rawValue: errno) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            // The handler must never wait.
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        pipeEnd.store(ends[1], ordering: .releasing)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { signal in
            let error = errno
            var byte = UInt8(truncatingIfNeeded: signal)
            _ = write(ControlSignals.pipeEnd.load(ordering: .acquiring), &byte, 1)
            errno = error
        }
        action.sa_flags = SA_RESTART
        for signal in signals { sigaction(signal, &action, nil) }
        signal(SIGPIPE, SIG_IGN)
        return FileDescriptor(rawValue: ends[0])
    }

    /// Writes a byte as a signal would, to wake the reader.
    static func wake() {
        var byte: UInt8 = 0
        _ = write(pipeEnd.load(ordering: .acquiring), &byte, 1)
    }
}
