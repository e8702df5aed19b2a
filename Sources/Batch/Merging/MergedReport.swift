import Outbox
import Specification

/// The reports of all shares of a batch, and of all their tries, as one.
///
/// An input counts once: done if any try has done it, else skipped if its results were found, else failed. A line that
/// was cut off at the end of a report (its process was killed) is left out; the result that it would have told is there,
/// and a later try tells it as skipped.
public struct MergedReport: Sendable {
    public struct Failure: Sendable, Equatable {
        /// As the report has it: ``PrintableName``.
        public let input: String
        public let code: String
        public let text: String
    }

    /// Why the reports do not make a whole.
    public struct Fault: Error, Sendable, Equatable {
        public let message: String
        public let hint: String
    }

    public private(set) var done = 0
    public private(set) var skipped = 0
    public private(set) var megapixels = 0.0
    /// Of all inputs that were computed, on one core or more each.
    public private(set) var inputSeconds = 0.0
    private var failures: [NameDigest: Failure] = [:]
    private var good: [NameDigest: Bool] = [:]
    private var shares: [Share: ShareState] = [:]

    private struct ShareState {
        var seconds = 0.0
        var hasEnded = false
    }

    public init() {}

    // MARK: Reading

    /// Takes the lines of one report.
    ///
    /// - Parameter name: for messages.
    public mutating func add(_ lines: LineReader, name: String) throws(Fault) {
        var number = 0
        var unread: Int?
        while let line = lines.next() {
            number += 1
            if line.isEmpty { continue }
            if let unread {
                throw Fault(
                    message: "\(name):\(unread): this is no line of a report of svertka run",
                    hint: "name only what run --report has written")
            }
            guard let line = ReportLine(line) else {
                unread = number
                continue
            }
            try add(line, name: name)
        }
        if unread == 1 {
            throw Fault(
                message: "\(name) is no report of svertka run", hint: "name only what run --report has written")
        }
    }

    private mutating func add(_ line: ReportLine, name: String) throws(Fault) {
        switch line {
        case .end(let end):
            try note(end.share, name: name)
            shares[end.share, default: ShareState()].seconds += end.seconds
            if !end.isInterrupted { shares[end.share]?.hasEnded = true }
        case .input(let input, let verdict, let megapixels, let seconds, let share):
            if let share { try note(share, name: name) }
            inputSeconds += seconds
            note(input, verdict, megapixels: megapixels)
        }
    }

    private mutating func note(_ share: Share, name: String) throws(Fault) {
        if shares[share] != nil { return }
        if let other = shares.keys.first(where: { $0.count != share.count }) {
            throw Fault(
                message: "\(name) is of one of \(share.count) shards, an earlier report of one of \(other.count)",
                hint: "merge the reports of one division at a time")
        }
        shares[share] = ShareState()
    }

    private mutating func note(_ input: String, _ verdict: ReportLine.Verdict, megapixels: Double) {
        let key = NameDigest { $0.combine(input) }
        switch (verdict, good[key]) {
        case (.failed(let code, let text), nil): failures[key] = Failure(input: input, code: code, text: text)
        case (.done, .some(true)), (.skipped, .some), (.failed, .some): break
        case (.done, let earlier):
            failures[key] = nil
            good[key] = true
            if earlier == false { skipped -= 1 }
            done += 1
            self.megapixels += megapixels
        case (.skipped, nil):
            failures[key] = nil
            good[key] = false
            skipped += 1
        }
    }

    // MARK: The whole

    public var failed: [Failure] { failures.values.sorted { $0.input < $1.input } }

    public var shareCount: Int { shares.keys.first?.count ?? 0 }

    /// Shares that no report speaks of.
    public var missing: [Int] { (0..<shareCount).filter { shares[Share(index: $0, count: shareCount)!] == nil } }

    /// Shares that were stopped or killed, and not taken up again.
    public var unfinished: [Int] { shares.filter { !$0.value.hasEnded }.map(\.key.index).sorted() }

    public var isComplete: Bool { missing.isEmpty && unfinished.isEmpty }

    /// Of one share on average; for a report without shares, of one core; nil where nothing was computed.
    public var megapixelsPerSecond: Double? {
        let seconds = shares.isEmpty ? inputSeconds : shares.values.reduce(0) { $0 + $1.seconds }
        return megapixels > 0 && seconds > 0 ? megapixels / seconds : nil
    }

    public var json: JSONNode {
        .object(compacting: [
            ("done", .integer(done)), ("skipped", .integer(skipped)), ("failed", .integer(failures.count)),
            ("shards", shares.isEmpty ? nil : .integer(shareCount)),
            ("missing", shares.isEmpty ? nil : .array(missing.map(JSONNode.integer))),
            ("unfinished", shares.isEmpty ? nil : .array(unfinished.map(JSONNode.integer))),
            ("megapixels", .number((megapixels * 1000).rounded() / 1000)),
            ("megapixelsPerSecond", megapixelsPerSecond.map { .number(($0 * 1000).rounded() / 1000) }),
            (
                "failures",
                .array(
                    failed.map {
                        ["input": .string($0.input), "code": .string($0.code), "message": .string($0.text)]
                    })
            ),
        ])
    }
}
