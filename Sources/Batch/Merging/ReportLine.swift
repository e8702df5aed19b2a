import Outbox
import Specification

/// One line of a report, as `merge` reads it.
enum ReportLine {
    case input(name: String, Verdict, megapixels: Double, seconds: Double, share: Share?)
    case end(ShareEnd)

    enum Verdict {
        case done, skipped
        case failed(code: String, text: String)
    }

    /// nil for what is no line of a report.
    init?(_ bytes: [UInt8]) {
        let source = SourceText(file: "report", bytes: bytes)
        var diagnostics = Diagnostics(source: source)
        guard let json = JSONReader.read(source, into: &diagnostics), !diagnostics.hasErrors,
            let status = json["status"]?.string
        else { return nil }
        let seconds = json["seconds"]?.number ?? 0
        var share: Share?
        if let text = json["shard"] {
            share = text.string.flatMap(Share.init)
            if share == nil { return nil }
        }
        if status == "ended" || status == "interrupted" {
            guard let share else { return nil }
            self = .end(ShareEnd(share: share, seconds: seconds, isInterrupted: status == "interrupted"))
            return
        }
        guard let name = json["input"]?.string else { return nil }
        let verdict: Verdict
        switch status {
        case "done": verdict = .done
        case "skipped": verdict = .skipped
        case "failed":
            guard let code = json["code"]?.string, let message = json["message"]?.string else { return nil }
            let text = json["step"]?.string.map { "\($0): \(message)" } ?? message
            verdict = .failed(code: code, text: text + (json["hint"]?.string.map { "; \($0)" } ?? ""))
        default: return nil
        }
        let pixels = Double(json["width"]?.integer ?? 0) * Double(json["height"]?.integer ?? 0)
        self = .input(name: name, verdict, megapixels: pixels / 1e6, seconds: seconds, share: share)
    }
}
