import Glibc
import Intake
import Outbox
import Specification
import SystemPackage

/// A service seen from outside, by commands that run beside it: its configuration, its ledger, and what it says of
/// itself.
public struct ServiceView: Sendable {
    let layout: ServiceLayout
    /// nil as long as the service never ran.
    let ledger: Ledger?
    let live: Live?

    /// What the running service says of itself.
    struct Live: Sendable {
        let text: String
        let pid: Int
        let started: Int64
        let workers: Int
        let ledgerFault: String?
        let configurationFault: String?
        /// By the printable path of the input folder.
        let folders: [String: Folder]
        /// Seconds in work, by the printable path of the file.
        let inWork: [String: Int]

        struct Folder: Sendable {
            var ready = 0
            var paused: String?
            /// When a paused folder is tried again, in milliseconds since 1970.
            var retryAt: Int64?
            var isMissing = false
            var isScanned = false
            var polled: [String] = []
        }
    }

    public struct Failure: Error, Sendable, CustomStringConvertible {
        public let end: ServiceEnd
        public let description: String
    }

    /// Reads the configuration, not the pipelines: what the service uses may be older than these.
    public init(configuration: FilePath) throws(Failure) {
        do {
            layout = try ServiceLayout.load(configuration)
        } catch {
            throw Failure(end: error.end, description: error.text)
        }
        let file = layout.state.appending(Ledger.fileName)
        if file.withPlatformString({ access($0, F_OK) }) == 0 {
            do {
                ledger = try Ledger.openForReading(state: layout.state)
            } catch {
                throw Failure(
                    end: .environment, description: "\(error); run this as a user who may read the state folder")
            }
        } else {
            ledger = nil
        }
        live = Self.isLocked(layout.state) ? Self.live(layout.state.appending(StatusReport.fileName)) : nil
    }

    /// Whether a service holds the state folder.
    private static func isLocked(_ state: FilePath) -> Bool {
        guard let file = try? FileDescriptor.open(state.appending("lock"), .readOnly, options: .closeOnExec) else {
            return false
        }
        defer { try? file.close() }
        return flock(file.rawValue, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    private static func live(_ file: FilePath) -> Live? {
        guard let source = try? SourceText.load(path: file.bytes) else { return nil }
        var diagnostics = Diagnostics(source: source)
        guard let json = JSONReader.read(source, into: &diagnostics), let pid = json["pid"]?.integer else { return nil }
        var folders: [String: Live.Folder] = [:]
        for item in json["folders"]?.array ?? [] {
            guard let input = item["in"]?.string else { continue }
            folders[input] = Live.Folder(
                ready: item["ready"]?.integer ?? 0, paused: item["paused"]?.string,
                retryAt: item["retryAt"]?.integer.map(Int64.init), isMissing: item["missing"]?.bool ?? false,
                isScanned: item["scanned"]?.bool ?? false,
                polled: (item["polled"]?.array ?? []).compactMap(\.string))
        }
        var inWork: [String: Int] = [:]
        for item in json["inWork"]?.array ?? [] {
            if let path = item["file"]?.string { inWork[path] = item["seconds"]?.integer ?? 0 }
        }
        return Live(
            text: String(decoding: source.bytes, as: UTF8.self), pid: pid,
            started: Int64(json["started"]?.integer ?? 0),
            workers: json["workers"]?.integer ?? 0, ledgerFault: json["ledger"]?.string,
            configurationFault: json["configuration"]?.string, folders: folders, inWork: inWork)
    }
}
