import Intake
import Outbox
import Specification
import SystemPackage

extension ServiceView {
    /// The counts of each configured folder, and of all; and what the service says about them.
    public func status() throws(Failure) -> ServiceStatus {
        var counts: [FilePath: LedgerCounts] = [:]
        var postponed: [FilePath: [Ledger.Postponed]] = [:]
        if let ledger {
            do {
                for (folder, count) in try ledger.counts() { counts[folder] = count }
                for folder in layout.folders {
                    postponed[folder.input] = try ledger.postponed(in: folder.input, limit: 5)
                }
            } catch {
                throw Failure(end: .environment, description: "\(error)")
            }
        }
        let folders = layout.folders.map { folder in
            let name = PrintableName.escaped(folder.input)
            return ServiceStatus.Folder(
                input: name, pipeline: PrintableName.escaped(folder.pipelineFile),
                counts: counts[folder.input] ?? LedgerCounts(),
                postponed: postponed[folder.input] ?? [], live: live?.folders[name])
        }
        return ServiceStatus(folders: folders, live: live)
    }
}

/// How the service is, for people and for programs.
public struct ServiceStatus: Sendable {
    struct Folder: Sendable {
        let input: String
        let pipeline: String
        let counts: LedgerCounts
        let postponed: [Ledger.Postponed]
        let live: ServiceView.Live.Folder?

        /// What somebody should know or do, most urgent first.
        var remarks: [String] {
            var remarks: [String] = []
            if live?.isMissing == true { remarks.append("the folder is gone: waiting for it") }
            if let reason = live?.paused {
                remarks.append("paused: \(reason)\(NextTry.text(live?.retryAt).map { "; tried again \($0)" } ?? "")")
            }
            remarks += (live?.polled ?? []).map { "polled: \($0)" }
            if live?.isScanned == false, live?.isMissing == false { remarks.append("being scanned for the first time") }
            remarks += postponed.map {
                "waiting for another try\(NextTry.text($0.retryAt).map { " \($0)" } ?? ""): \($0.count) (\($0.reason))"
            }
            if !counts.isBalanced { remarks.append("the ledger does not add up; report this as a bug") }
            return remarks
        }
    }

    let folders: [Folder]
    let live: ServiceView.Live?

    public var json: String {
        JSONWriter.text(
            .object(compacting: [
                ("running", .bool(live != nil)), ("pid", live.map { .integer($0.pid) }),
                ("started", live.map { .integer(Int($0.started)) }), ("workers", live.map { .integer($0.workers) }),
                (
                    "folders",
                    .array(
                        folders.map { folder in
                            .object(compacting: [
                                ("in", .string(folder.input)), ("pipeline", .string(folder.pipeline)),
                                ("seen", .integer(folder.counts.seen)), ("done", .integer(folder.counts.done)),
                                ("failed", .integer(folder.counts.failed)),
                                ("ignored", .integer(folder.counts.ignored)),
                                ("waiting", .integer(folder.counts.waiting)),
                                ("inWork", .integer(folder.counts.working)),
                                ("balanced", .bool(folder.counts.isBalanced)),
                                ("paused", folder.live?.paused.map(JSONNode.string)),
                                ("retryAt", folder.live?.retryAt.map { .integer(Int($0)) }),
                                ("postponed", .array(folder.postponed.map(\.json))),
                                ("remarks", .array(folder.remarks.map(JSONNode.string))),
                            ])
                        })
                ),
                ("ledgerFault", live?.ledgerFault.map(JSONNode.string)),
                ("configurationFault", live?.configurationFault.map(JSONNode.string)),
            ]), style: .pretty)
    }

    public var text: String {
        var lines = [live.map { "running as process \($0.pid) with \($0.workers) workers" } ?? "not running"]
        if let fault = live?.configurationFault { lines.append("the new configuration is refused:\n\(fault)") }
        if let fault = live?.ledgerFault { lines.append("ledger: \(fault)") }
        for folder in folders {
            let counts = folder.counts
            lines.append(
                """
                \(folder.input): \(counts.seen) seen = \(counts.done) done + \(counts.failed) failed \
                + \(counts.ignored) ignored + \(counts.waiting) waiting (\(counts.working) in work)
                """)
            lines += folder.remarks.map { "  \($0)" }
        }
        return lines.joined(separator: "\n")
    }
}

extension Ledger.Postponed {
    fileprivate var json: JSONNode {
        .object(compacting: [
            ("code", .string(code)), ("reason", .string(reason)), ("count", .integer(count)),
            ("retryAt", retryAt.map { .integer(Int($0)) }),
        ])
    }
}

/// When something is tried again, for people.
enum NextTry {
    /// - Parameters: milliseconds since 1970.
    static func text(_ time: Int64?, now: Int64 = Ledger.now()) -> String? {
        guard let time else { return nil }
        // Rounded up; what should have been tried by now is about to be.
        let seconds = (time - now + 999) / 1000
        return seconds > 0 ? "in \(seconds) s" : "at any moment"
    }
}
