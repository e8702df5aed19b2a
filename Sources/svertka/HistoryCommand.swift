import ArgumentParser
import Daemon
import Intake
import Outbox
import Specification
import SystemPackage

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List what became of the latest files.",
        discussion: """
            svertka history --config /etc/svertka/svertka.json --state failed --limit 100
            """)

    enum State: String, ExpressibleByArgument, CaseIterable {
        case waiting, working, done, failed, ignored
    }

    @OptionGroup
    var configuration: ConfigurationOption

    @Option(help: "Only files of this state.")
    var state: State?

    @Option(help: "How many, the latest first.")
    var limit = 20

    @Flag(help: "Print JSON, one line for each file.")
    var json = false

    func run() throws {
        let view = try configuration.open()
        let entries = try ExitStatus.unwrap { () throws(ServiceView.Failure) in
            try view.history(of: state.flatMap { LedgerEntry.State(rawValue: $0.rawValue) }, limit: max(limit, 0))
        }
        for entry in entries { Terminal.print(json ? JSONWriter.text(entry.json) : entry.line) }
    }
}

extension LedgerEntry {
    /// `2026-01-31T12:00:00Z done    in/a.png -> out/a.png`
    var line: String {
        let file = PrintableName.escaped(folder.appending(path.components))
        var text = "\(UTCTime.text(milliseconds: lastChange)) \(state.rawValue) \(file)"
        if !outputs.isEmpty { text += " -> \(outputs.map { PrintableName.escaped($0) }.joined(separator: ", "))" }
        if let reason { text += ": \(reason)" }
        return text
    }

    var json: JSONNode {
        .object(compacting: [
            ("file", .string(PrintableName.escaped(folder.appending(path.components)))),
            ("state", .string(state.rawValue)), ("attempts", .integer(attempts)),
            ("code", code.map(JSONNode.string)), ("reason", reason.map(JSONNode.string)),
            ("outputs", .array(outputs.map { .string(PrintableName.escaped($0)) })),
            ("original", movedTo.map { .string(PrintableName.escaped($0)) }),
            ("firstSeen", .string(UTCTime.text(milliseconds: firstSeen))),
            ("lastChange", .string(UTCTime.text(milliseconds: lastChange))),
            ("retryAt", retryAt.map { .string(UTCTime.text(milliseconds: $0)) }),
            ("hash", hash.map { .string(String($0.digest, radix: 16)) }), ("pipeline", pipeline.map(JSONNode.string)),
        ])
    }
}
