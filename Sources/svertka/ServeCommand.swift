import ArgumentParser
import Daemon
import SystemPackage

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Watch folders and process what is dropped there, until a signal ends it.",
        discussion: """
            SIGTERM and Ctrl-C stop within seconds: what is not finished is done at the next start. SIGHUP reads the \
            configuration again, which also happens when a file of it changes. SIGUSR1 logs the state.
            Exit code 0: stopped by a signal; 2: the configuration or a pipeline is wrong; 3: the machine does not \
            allow it; 9: the configuration is unsafe, or another service holds the folders.

            svertka serve --config /etc/svertka/svertka.json
            """)

    @Option(help: "The configuration file.")
    var config: PathArgument

    func run() throws {
        try ServiceEnd.throwExitCode(
            of: Service.run(ServiceOptions(configuration: config.filePath, mode: .serve, version: Version.text)))
    }
}

struct OnceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "once",
        abstract: "Process what lies in the folders of a configuration, then end.",
        discussion: """
            The same as serve, for timers and batches. Exit code 0: all done; 1: some files failed, each is named; \
            2, 3, 9: as with serve; 4: stopped by a signal.

            svertka once --config Config/local.json
            """)

    @Option(help: "The configuration file.")
    var config: PathArgument

    func run() throws {
        try ServiceEnd.throwExitCode(
            of: Service.run(ServiceOptions(configuration: config.filePath, mode: .once, version: Version.text)))
    }
}

extension ServiceEnd {
    static func throwExitCode(of end: ServiceEnd) throws {
        switch end {
        case .done: return
        case .someFilesFailed: throw ExitStatus.someFilesFailed.error
        case .wrongConfiguration: throw ExitStatus.wrongConfiguration.error
        case .unsafeConfiguration: throw ExitStatus.unsafeConfiguration.error
        case .environment: throw ExitStatus.environment.error
        case .interrupted: throw ExitStatus.interrupted.error
        }
    }
}
