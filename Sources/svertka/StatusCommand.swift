import ArgumentParser
import Daemon
import SystemPackage

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tell how the service is: what it has seen, done and failed, and what it waits for.",
        discussion: """
            svertka status --config /etc/svertka/svertka.json
            svertka status --config /etc/svertka/svertka.json --json
            """)

    @OptionGroup
    var configuration: ConfigurationOption

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let view = try configuration.open()
        let status = try ExitStatus.unwrap { () throws(ServiceView.Failure) in try view.status() }
        Terminal.print(json ? status.json : status.text)
    }
}

extension ExitStatus {
    static func unwrap<Value>(_ body: () throws(ServiceView.Failure) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            Terminal.say(error.description)
            try ServiceEnd.throwExitCode(of: error.end)
            throw ExitStatus.environment.error
        }
    }
}
