import ArgumentParser
import Daemon
import Outbox
import Specification
import SystemPackage

struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Tell why a file is not processed, or what became of it.",
        discussion: """
            svertka why /srv/pictures/in/photo.jpg --config /etc/svertka/svertka.json
            """)

    @Argument(help: "A file in a watched folder, or the place where one was dropped.")
    var path: PathArgument

    @OptionGroup
    var configuration: ConfigurationOption

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let view = try configuration.open()
        let (answer, history) = try ExitStatus.unwrap { () throws(ServiceView.Failure) in
            try view.why(path.filePath)
        }
        if json {
            Terminal.print(
                JSONWriter.text(
                    .object([
                        ("code", .string(answer.code)), ("text", .string(answer.text)),
                        ("history", .array(history.map(\.json))),
                    ]), style: .pretty))
        } else {
            Terminal.print(answer.text)
            for entry in history.dropFirst() { Terminal.print("before: \(entry.line)") }
        }
    }
}
