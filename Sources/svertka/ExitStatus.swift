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

    /// What each means, for the manual.
    static let meanings: [(code: Int32, meaning: String)] = [
        (done.rawValue, "All done."),
        (someFilesFailed.rawValue, "Some files failed; each is named."),
        (wrongConfiguration.rawValue, "A pipeline, a model card or a configuration is wrong; nothing was processed."),
        (environment.rawValue, "The machine does not allow it."),
        (interrupted.rawValue, "Interrupted."),
        (unsafeConfiguration.rawValue, "Unsafe: an output inside an input, folders that overlap."),
        (usage.rawValue, "Wrong usage."),
    ]

    func leave() -> Never { Glibc.exit(rawValue) }

    var error: ExitCode { ExitCode(rawValue) }
}
