import ArgumentParser
import Glibc

/// How the program ends.
enum ExitStatus: Int32 {
    case done = 0
    /// Each file that failed was named.
    case someFilesFailed = 1
    /// A pipeline, card or configuration is wrong; nothing was processed.
    case wrongConfiguration = 2
    /// The machine does not allow it.
    case environment = 3
    case interrupted = 4
    /// An output inside an input, folders that overlap.
    case unsafeConfiguration = 9
    case usage = 64

    func leave() -> Never { Glibc.exit(rawValue) }

    var error: ExitCode { ExitCode(rawValue) }
}
