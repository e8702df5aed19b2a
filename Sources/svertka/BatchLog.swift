import Batch
import Glibc
import Outbox
import Specification
import Synchronization

/// Tells people how a batch goes: one line for each failure, progress, a summary; and the report for programs.
final class BatchLog: Sendable {
    private struct State {
        var done = 0
        var skipped = 0
        var failed = 0
        var cancelled = 0
        var megapixels = 0.0
        var lastProgress: ContinuousClock.Instant?
        var hasLiveLine = false
        var estimate = ProgressEstimate()
        /// Inputs in all; nil until they are counted.
        var total: Int?

        var ended: Int { done + skipped + failed }
    }

    private let state = Mutex(State())
    private let report: Int32?
    private let share: Share?
    private let live: Bool
    private let plain: Bool
    private let start = ContinuousClock().now

    /// nil where the report cannot be opened; `errno` says why.
    init?(report: String?, share: Share?, style: RunCommand.ProgressStyle) {
        self.share = share
        if let report {
            let descriptor = report == "-" ? 1 : open(report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { return nil }
            self.report = descriptor
        } else {
            self.report = nil
        }
        live = style == .auto && Terminal.isErrorTerminal
        plain = style == .plain
    }

    func note(_ outcome: BatchOutcome) {
        state.withLock { state in
            if case .failed(let failure) = outcome.result, failure.kind == "cancelled" {
                state.cancelled += 1
                return
            }
            if let report { Terminal.write(JSONWriter.text(outcome.json(share: share)) + "\n", to: report) }
            let path = PrintableName.escaped(outcome.input.path)
            switch outcome.result {
            case .done(let picture):
                state.done += 1
                state.megapixels += picture.traits.size.megapixels
                for warning in picture.warnings { say("\(path): warning: \(warning)", &state) }
            case .skipped: state.skipped += 1
            case .failed(let failure):
                state.failed += 1
                say("\(path): \(failure.text)" + (failure.hint.map { "; \($0)" } ?? ""), &state)
            }
            if case .skipped = outcome.result {} else { state.estimate.note(at: seconds) }
            progress(&state)
        }
    }

    /// Whether anybody looks at how many inputs there are.
    var wantsTotal: Bool { live || plain }

    func note(total: Int) { state.withLock { $0.total = total } }

    private func say(_ line: String, _ state: inout State) {
        if state.hasLiveLine { Terminal.write("\r\u{1B}[K", to: 2) }
        state.hasLiveLine = false
        Terminal.say(line)
    }

    private func progress(_ state: inout State) {
        guard live || plain else { return }
        let now = ContinuousClock().now
        let interval: Duration = live ? .milliseconds(100) : .seconds(5)
        if let last = state.lastProgress, now - last < interval { return }
        state.lastProgress = now
        let line = self.line(state)
        if live {
            // What is longer than a line would leave its beginning behind.
            Terminal.write("\r\u{1B}[K\(line.prefix(Terminal.width - 1))", to: 2)
            state.hasLiveLine = true
        } else {
            Terminal.say(line)
        }
    }

    /// `120 of 1200 files, 2 failed, 35.2 megapixels/s, 3 min 20 s ± 10 s left`
    private func line(_ state: State) -> String {
        var parts = ["\(state.ended)\(state.total.map { " of \($0)" } ?? "") files"]
        if state.failed > 0 {
            parts.append(Terminal.usesColor ? "\u{1B}[31m\(state.failed) failed\u{1B}[0m" : "\(state.failed) failed")
        }
        parts.append("\(rate(state)) megapixels/s")
        if let total = state.total, let rest = state.estimate.remaining(files: max(0, total - state.ended)) {
            let spread = Int(rest.spread.rounded(.up))
            parts.append("\(duration(rest.seconds))\(spread > 0 ? " ± \(duration(Double(spread)))" : "") left")
        }
        return parts.joined(separator: ", ")
    }

    /// `45 s`, `3 min 20 s`, `2 h 5 min`
    private func duration(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 1e9).rounded())
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3600: return "\(whole / 60) min" + (whole % 60 > 0 && whole < 600 ? " \(whole % 60) s" : "")
        default: return "\(whole / 3600) h" + (whole / 60 % 60 > 0 ? " \(whole / 60 % 60) min" : "")
        }
    }

    private var seconds: Double { (ContinuousClock().now - start) / .seconds(1) }

    private func rate(_ state: State) -> String { tenths(state.megapixels / max(seconds, 1e-9)) }

    private func tenths(_ value: Double) -> String { String((value * 10).rounded() / 10) }

    /// Prints the summary and tells how the program ends.
    func finish(passedOver: Int, isInterrupted: Bool) -> ExitStatus {
        state.withLock { state in
            if state.hasLiveLine { Terminal.write("\r\u{1B}[K", to: 2) }
            var parts = ["\(state.done) done"]
            if state.skipped > 0 { parts.append("\(state.skipped) skipped, their results were there") }
            if state.failed > 0 { parts.append("\(state.failed) failed, each named above with its reason") }
            if passedOver > 0 { parts.append("\(passedOver) other files passed over") }
            let time = "\(tenths(seconds)) s, \(rate(state)) megapixels/s"
            Terminal.say("\(isInterrupted ? "interrupted: " : "")\(parts.joined(separator: ", ")); \(time)")
            endReport(state, isInterrupted: isInterrupted)
            if isInterrupted { return .interrupted }
            return state.failed > 0 ? .someFilesFailed : .done
        }
    }

    /// The report of a share ends with a line of its own, by which a share that was killed is told from a whole one.
    private func endReport(_ state: State, isInterrupted: Bool) {
        guard let report else { return }
        if let share {
            let line = ShareEnd(share: share, seconds: seconds, isInterrupted: isInterrupted)
            Terminal.write(JSONWriter.text(line.json) + "\n", to: report)
        }
        if report > 2 { close(report) }
    }
}
