import SystemPackage

/// How the service is run.
public struct ServiceOptions: Sendable {
    public enum Mode: Sendable {
        /// Until a signal ends it.
        case serve
        /// Until everything that is there has been dealt with.
        case once
    }

    public var configuration: FilePath
    public var mode: Mode
    /// Of this program: a part of what a result depends on.
    public var version: String

    public init(configuration: FilePath, mode: Mode, version: String) {
        self.configuration = configuration
        self.mode = mode
        self.version = version
    }
}

/// How the service ended.
public enum ServiceEnd: Sendable, Equatable {
    case done
    /// Only for `once`: some files failed, or still wait for another try.
    case someFilesFailed
    case wrongConfiguration
    case unsafeConfiguration
    /// The machine does not allow it.
    case environment
    /// Only for `once`: stopped before everything was dealt with.
    case interrupted
}

/// Why the service did not start; the message says what to do.
struct StartFailure: Error, Sendable {
    let end: ServiceEnd
    let message: String
}
