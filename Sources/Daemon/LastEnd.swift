import Glibc
import Outbox
import Synchronization
import SystemPackage

/// How the last run of the service ended, as far as that can be told.
///
/// A run leaves a file in the state folder: one byte for the signal that ended it, 0 as long as none did, and which run
/// of the machine it was. A handler may do little more than write a byte.
enum LastEnd: Equatable {
    /// There was none, or it left nothing undone.
    case none
    /// By a signal that a process raises itself, or that its watchdog sends: a trap, a bad access, an abort.
    case crash(Int32)
    /// At its own end, or after it had been told to stop, by whatever means then.
    case stop
    /// With the machine: a loss of power, a restart.
    case machine
    /// Without a trace: killed from outside, by the kernel for its memory, or by an overflow of a stack.
    case unknown

    /// Whether one of the files that were in work may have been the cause. Of a process that is killed nobody tells by
    /// whom, so it speaks against them; what was asked for and what took the machine along do not.
    var blamesFiles: Bool {
        switch self {
        case .crash, .unknown: true
        case .none, .stop, .machine: false
        }
    }

    // MARK: The file

    static let fileName: FilePath.Component = "run"
    private static let file = Atomic<Int32>(-1)

    /// Reads what the last run left.
    static func read(from state: FilePath) -> LastEnd {
        guard
            let marker = try? FileDescriptor.open(state.appending(fileName), .readOnly, options: [.closeOnExec])
        else { return .none }
        defer { try? marker.close() }
        var bytes = [UInt8](repeating: 0, count: 256)
        guard let count = try? bytes.withUnsafeMutableBytes({ try marker.read(into: $0) }), count > 0 else {
            return .none
        }
        switch Int32(bytes[0]) {
        case SIGTERM: return .stop
        case 0: return bytes[1..<count].elementsEqual(BootIdentity.current) ? .unknown : .machine
        case let signal: return .crash(signal)
        }
    }

    /// From now on the end of this process can be told at the next start.
    static func beginRun(in state: FilePath) throws(Errno) {
        do {
            let opened = try FileDescriptor.open(
                state.appending(fileName), .writeOnly, options: [.create, .truncate, .closeOnExec, .noFollow],
                permissions: [.ownerReadWrite, .groupRead])
            file.store(opened.rawValue, ordering: .releasing)
            // Where the disk is full nothing will be known of the end, but work can begin.
            _ = try? opened.writeAll(toAbsoluteOffset: 0, [0] + BootIdentity.current)
        } catch {
            throw error as? Errno ?? .ioError
        }
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { signal in
            LastEnd.write(signal)
            // Ends as it would have without us, with a core file where those are wanted.
            Glibc.signal(signal, SIG_DFL)
            raise(signal)
        }
        action.sa_flags = Int32(bitPattern: UInt32(SA_NODEFER))
        for signal in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS] { sigaction(signal, &action, nil) }
    }

    /// The run comes to its end; a crash after that still counts as one.
    static func noteStop() { write(SIGTERM) }

    /// Safe in a signal handler.
    private static func write(_ signal: Int32) {
        var byte = UInt8(truncatingIfNeeded: signal)
        _ = pwrite(file.load(ordering: .acquiring), &byte, 1, 0)
    }
}

extension LastEnd: CustomStringConvertible {
    var description: String {
        switch self {
        case .none: "left no word of its end"
        case .crash(let signal): "ended by signal \(signal)"
        case .stop: "had stopped"
        case .machine: "ended with the machine"
        case .unknown: "was killed"
        }
    }
}
