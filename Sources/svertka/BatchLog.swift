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
            progress(&state)
        }
    }

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
        let line = "\(state.done) done, \(state.failed) failed, \(rate(state)) megapixels/s"
        if live {
            Terminal.write("\r\u{1B}[K\(line)", to: 2)
            state.hasLiveLine = true
        } else {
            Terminal.say(line)
        }
    }

    private var seconds: Double {
        let parts = (ContinuousClock().now - start).components
        return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }

    private func rate(_ state: State) -> String { tenths(state.megapixels / max(seconds, 1e-9)) }

    private func tenths(_ value: Double) -> String { String((value * 10).rounded() / 10) }

    /// Prints the summary and tells how the program ends.
    func finish(passedOver: Int, isInterrupted: Bool) -> ExitStatus {
        state.withLock { state in
            if state.hasLiveLine { Terminal.write("\r\u{1B}[K", to: 2) }
            var parts = ["\(state.done) done"]
            if state.skipped > 0 { parts.append("\(state.skipped) skipped, their results were there") }
            if state.failed > 0 { parts.append("\(state.failed) failed") }
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
