import ArgumentParser
import Daemon
import Foundation

/// The service that a command asks about.
struct ConfigurationOption: ParsableArguments {
    private static let variable = "SVERTKA_CONFIG"
    private static let installed = "/etc/svertka/svertka.json"

    @Option(
        name: .customLong("config"),
        help: "The configuration file; by default the one that $\(variable) names, else \(installed).")
    var given: PathArgument?

    private var file: PathArgument {
        given ?? ProcessInfo.processInfo.environment[Self.variable].flatMap {
            $0.isEmpty ? nil : PathArgument(argument: $0)
        }
            ?? PathArgument(argument: Self.installed)
    }

    /// Tells what is wrong, and ends with the exit code for it, if there is no service.
    func open() throws -> ServiceView {
        try ExitStatus.unwrap { () throws(ServiceView.Failure) in
            try ServiceView(configuration: file.filePath)
        }
    }
}
