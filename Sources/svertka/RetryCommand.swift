import ArgumentParser
import Daemon
import Outbox
import SystemPackage

struct RetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Put failed files back where they were dropped, to be tried again.",
        discussion: """
            Moving a file from failed to in by hand does the same, except for files that killed the service: these \
            are refused until retry is told to trust them again. Exit code 1: a file could not be put back.

            svertka retry --config /etc/svertka/svertka.json /srv/pictures/failed/photo.jpg
            svertka retry --config /etc/svertka/svertka.json --all
            """)

    @OptionGroup
    var configuration: ConfigurationOption

    @Flag(help: "Every file that failed.")
    var all = false

    @Argument(help: "Files in failed, or the places in in that they were dropped at.")
    var paths: [PathArgument] = []

    func validate() throws {
        if all == !paths.isEmpty { throw ValidationError("name files, or give --all") }
    }

    func run() throws {
        let view = try configuration.open()
        let results = try ExitStatus.unwrap { () throws(ServiceView.Failure) in
            try view.retry(all ? nil : paths.map(\.filePath))
        }
        var hasFailures = false
        for (file, result) in results {
            switch result {
            case .success(let place):
                Terminal.print("\(PrintableName.escaped(file)) -> \(PrintableName.escaped(place))")
            case .failure(let error):
                hasFailures = true
                Terminal.say("\(error)")
            }
        }
        if results.isEmpty {
            let named = paths.map(\.printable).joined(separator: ", ")
            Terminal.say(
                all ? "no file that failed is left" : "\(named): no file that failed lies there, or was dropped there")
            if !all { hasFailures = true }
        }
        if hasFailures { throw ExitStatus.someFilesFailed.error }
    }
}
