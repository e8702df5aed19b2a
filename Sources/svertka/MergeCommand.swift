import ArgumentParser
import Batch
import Glibc
import Outbox
import Specification

struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Sum up the reports of a batch that ran as many shards.",
        discussion: """
            An input that several tries of a shard tell of counts once. Exit code: that of the whole: 0 all done; 1 some
            files failed; 2 something is no report; 4 shards are missing or unfinished.

            svertka merge out.job/*.jsonl --failed failed.txt
            svertka run pipeline.json --files-from failed.txt --base pictures --output out
            """)

    @Argument(help: "Reports that svertka run --report has written.")
    var reports: [String]

    @Option(help: "Write the failed inputs to this file, one on each line, for run --files-from; - is standard output.")
    var failed: String?

    @Flag(
        name: [.customLong("null"), .customShort("0")],
        help: "End each name of the list with a zero byte instead of a line end.")
    var endsWithNull = false

    @Flag(help: "Print the summary as JSON.")
    var json = false

    func validate() throws {
        if endsWithNull, failed == nil { throw ValidationError("--null is for --failed.") }
        if json, failed == "-" { throw ValidationError("--json and --failed - both want the standard output.") }
    }

    func run() throws {
        var whole = MergedReport()
        for report in reports {
            guard let lines = LineReader(path: report) else {
                Terminal.say("\(report): \(String(cString: strerror(errno)))")
                throw ExitStatus.environment.error
            }
            do throws(MergedReport.Fault) {
                try whole.add(lines, name: report)
            } catch {
                Terminal.say("\(error.message)\nhint: \(error.hint)")
                throw ExitStatus.wrongConfiguration.error
            }
        }
        if let failed { try write(whole.failed, to: failed) }
        if json {
            Terminal.print(JSONWriter.text(whole.json, style: .pretty))
        } else {
            let output: Int32 = failed == "-" ? 2 : 1
            for line in summary(whole) { Terminal.write(line + "\n", to: output) }
        }
        if !whole.isComplete { throw ExitStatus.interrupted.error }
        if !whole.failed.isEmpty { throw ExitStatus.someFilesFailed.error }
    }

    private static let namesShown = 20

    private func summary(_ whole: MergedReport) -> [String] {
        let failed = whole.failed
        var lines = failed.prefix(Self.namesShown).map { "\($0.input): \($0.text)" }
        if failed.count > Self.namesShown {
            lines.append("and \(failed.count - Self.namesShown) more that failed; --failed FILE lists all")
        }
        var reasons: [String: Int] = [:]
        for failure in failed { reasons[failure.code, default: 0] += 1 }
        for (code, count) in reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            lines.append("\(count) failed: \(code)")
        }
        if !whole.missing.isEmpty { lines.append("missing shards: \(list(whole.missing))") }
        if !whole.unfinished.isEmpty { lines.append("unfinished shards: \(list(whole.unfinished))") }
        var parts = ["\(whole.done) done"]
        if whole.skipped > 0 { parts.append("\(whole.skipped) skipped, their results were there") }
        if !failed.isEmpty { parts.append("\(failed.count) failed") }
        var line = parts.joined(separator: ", ")
        if whole.shareCount > 0 {
            let ended = whole.shareCount - whole.missing.count - whole.unfinished.count
            line += "; \(ended) of \(whole.shareCount) shards ended"
        }
        line += "; \(tenths(whole.megapixels)) megapixels"
        if let rate = whole.megapixelsPerSecond {
            line += ", \(tenths(rate)) megapixels/s "
            line +=
                whole.shareCount > 0
                ? "in a shard, \(tenths(rate * Double(whole.shareCount))) if all run at once" : "on a core"
        }
        return lines + [line]
    }

    private func list(_ shards: [Int]) -> String { shards.map(String.init).joined(separator: ", ") }

    private func tenths(_ value: Double) -> String { String((value * 10).rounded() / 10) }

    private func write(_ failures: [MergedReport.Failure], to path: String) throws {
        var bytes: [UInt8] = []
        for failure in failures {
            guard let name = PrintableName.unescaped(failure.input) else { continue }
            if !endsWithNull, name.contains(10) {
                Terminal.say("\(failure.input) has a line end in its name\nhint: write the list with --null")
                throw ExitStatus.environment.error
            }
            bytes += name + [endsWithNull ? 0 : 10]
        }
        let descriptor = path == "-" ? 1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0, Terminal.write(bytes, to: descriptor), descriptor <= 2 || close(descriptor) == 0 else {
            Terminal.say("\(path): \(String(cString: strerror(errno)))")
            throw ExitStatus.environment.error
        }
    }
}
