import Glibc
import Intake
import Outbox
import Specification
import SystemPackage

/// What the running service alone knows, for `svertka status` and `svertka why`; counts stand in the ledger.
struct StatusReport {
    static let fileName: FilePath.Component = "status.json"

    private let json: JSONNode
    /// In one line, for the service manager.
    let line: String

    var text: String { JSONWriter.text(json, style: .pretty) }

    init(_ service: Service) {
        let started = service.startTime
        (json, line) = service.state.withLock { state in
            let now = ContinuousClock().now
            let folders = state.folders.sorted { $0.key < $1.key }.map { id, folder -> JSONNode in
                .object(compacting: [
                    ("in", .string(PrintableName.escaped(folder.definition.input))),
                    ("pipeline", .string(PrintableName.escaped(folder.definition.pipelineFile))),
                    ("ready", .integer(state.dispatcher.readyCount(of: id))),
                    ("paused", state.dispatcher.pauseReason(of: id).map(JSONNode.string)),
                    (
                        "retryAt",
                        state.dispatcher.pauseEnd(of: id).map {
                            .integer(Int(Ledger.now() + Int64((now.duration(to: $0)) / .milliseconds(1))))
                        }
                    ),
                    ("missing", folder.isMissing ? true : nil),
                    ("scanned", .bool(folder.isScanned)),
                    ("polled", folder.polling.isEmpty ? nil : .array(folder.polling.map(JSONNode.string))),
                ])
            }
            let running = state.running.map { key, start -> JSONNode in
                let folder = state.folders[key.root]?.definition.input ?? FilePath()
                return [
                    "file": .string(PrintableName.escaped(folder.appending(key.path.components))),
                    "seconds": .integer(Int((now - start).components.seconds)),
                ]
            }
            let json = JSONNode.object(compacting: [
                ("pid", .integer(Int(getpid()))), ("version", .string(service.options.version)),
                ("started", .integer(Int(started))), ("workers", .integer(service.scheduler.width)),
                ("memory", .integer(service.scheduler.memory.bytes)), ("folders", .array(folders)),
                ("inWork", .array(running)), ("done", .integer(state.done)), ("failed", .integer(state.failed)),
                ("overflows", .integer(state.overflows)), ("ledger", state.ledgerFault.map(JSONNode.string)),
                ("configuration", state.reloadFault.map(JSONNode.string)),
            ])
            var parts = [
                "\(state.dispatcher.readyCount) waiting", "\(state.running.count) in work", "\(state.done) done",
                "\(state.failed) failed",
            ]
            if state.folders.keys.contains(where: { state.dispatcher.pauseReason(of: $0) != nil }) {
                parts.append("output paused")
            }
            if state.folders.values.contains(where: \.isMissing) { parts.append("a folder is gone") }
            if state.reloadFault != nil { parts.append("new configuration refused") }
            if state.ledgerFault != nil { parts.append("ledger cannot be written") }
            return (json, parts.joined(separator: ", "))
        }
    }

    /// Replaces the file in one step; a disk that is full leaves the old one.
    func write(to state: FilePath) {
        guard let publication = try? Publication(root: state, durable: false, mode: 0o640),
            let file = try? publication.create(FilePath(root: nil, [Self.fileName]), onConflict: .replace),
            (try? FileDescriptor(rawValue: file).writeAll(Array((text + "\n").utf8))) != nil
        else { return }
        _ = try? publication.commit()
    }
}
