import Foundation
import GRDB
import SystemPackage

// What people ask the ledger.
extension Ledger {
    /// The counts of every folder that was ever watched.
    public func counts() throws(LedgerError) -> [(folder: FilePath, counts: LedgerCounts)] {
        try read { database in
            var counts: [Int64: (folder: FilePath, counts: LedgerCounts)] = [:]
            let folders = try Row.fetchCursor(database, sql: "SELECT * FROM folder")
            while let row = try folders.next() {
                var count = LedgerCounts()
                count.seen = row["seen"]
                count.done = row["prunedDone"]
                count.failed = row["prunedFailed"]
                count.ignored = row["prunedIgnored"]
                counts[row["id"]] = (FilePath(blob: row["path"]), count)
            }
            let states = try Row.fetchCursor(
                database, sql: "SELECT folder, state, COUNT(*) AS number FROM file GROUP BY folder, state")
            while let row = try states.next() {
                let folder: Int64 = row["folder"]
                let number: Int = row["number"]
                guard var count = counts[folder]?.counts else { continue }
                switch LedgerEntry.State(rawValue: row["state"]) {
                case .done: count.done += number
                case .failed: count.failed += number
                case .ignored: count.ignored += number
                case .waiting: count.waiting += number
                case .working:
                    count.waiting += number
                    count.working += number
                case nil: continue
                }
                counts[folder]?.counts = count
            }
            return counts.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// What is known about a path, the latest first.
    public func entries(for path: FilePath, in folder: FilePath, limit: Int = 20) throws(LedgerError) -> [LedgerEntry] {
        try read {
            try LedgerEntry.fetch(
                $0, where: "folder = (SELECT id FROM folder WHERE path = ?) AND path = ?", [folder.blob, path.blob],
                limit: limit)
        }
    }

    /// The file that gave a result last; nil when no file did.
    public func owner(of result: FilePath) throws(LedgerError) -> (folder: FilePath, path: FilePath)? {
        try read { database in
            try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT file.path AS path, folder.path AS folderPath FROM output JOIN file ON output.file = file.id
                        JOIN folder ON file.folder = folder.id WHERE output.path = ? ORDER BY file.id DESC LIMIT 1
                        """), arguments: [result.blob]
            ).map { (folder: FilePath(blob: $0["folderPath"]), path: FilePath(blob: $0["path"])) }
        }
    }

    /// The file that was moved to a place last; nil when none was.
    public func entry(movedTo place: FilePath) throws(LedgerError) -> LedgerEntry? {
        try read { try LedgerEntry.fetch($0, where: "movedTo = ?", [place.blob], limit: 1).first }
    }

    /// What several files of a folder wait for.
    public struct Postponed: Sendable, Equatable {
        public let code: String
        /// Of one of them.
        public let reason: String
        public let count: Int
        /// When the first of them is tried again, in milliseconds since 1970; nil where that is not known.
        public let retryAt: Int64?
    }

    /// What the files that wait for another try wait for, the most frequent first; several of the same kind together.
    public func postponed(in folder: FilePath, limit: Int) throws(LedgerError) -> [Postponed] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT code, MIN(reason) AS reason, COUNT(*) AS number, MIN(retryAt) AS retryAt FROM file
                    WHERE folder = (SELECT id FROM folder WHERE path = ?) AND state = 'waiting' AND reason IS NOT NULL
                    GROUP BY code ORDER BY number DESC LIMIT ?
                    """, arguments: [folder.blob, limit]
            ).map {
                Postponed(code: $0["code"] ?? "", reason: $0["reason"], count: $0["number"], retryAt: $0["retryAt"])
            }
        }
    }

    /// The entries of a state (or of every state), the latest first.
    public func history(of state: LedgerEntry.State? = nil, limit: Int) throws(LedgerError) -> [LedgerEntry] {
        try read {
            try LedgerEntry.fetch(
                $0, where: state == nil ? "1" : "state = ?", state.map { [$0.rawValue] } ?? [], limit: limit,
                order: "lastChange DESC, id DESC")
        }
    }
}

extension LedgerEntry {
    static func fetch(
        _ database: Database, where condition: String, _ arguments: StatementArguments, limit: Int,
        order: String = "file.id DESC"
    ) throws -> [LedgerEntry] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT file.*, (SELECT path FROM folder WHERE folder.id = file.folder) AS folderPath FROM file
                WHERE \(condition) ORDER BY \(order) LIMIT ?
                """)
        return try Row.fetchAll(statement, arguments: arguments + [limit]).map { row in
            let outputs = try Data.fetchAll(
                database.cachedStatement(sql: "SELECT path FROM output WHERE file = ? ORDER BY position"),
                arguments: [row["id"] as Int64])
            return LedgerEntry(row, outputs: outputs.map(FilePath.init(blob:)))
        }
    }

    private init(_ row: Row, outputs: [FilePath]) {
        let digest: Int64? = row["digest"]
        let movedTo: Data? = row["movedTo"]
        self.init(
            id: ID(row: row["id"]), folder: FilePath(blob: row["folderPath"]), path: FilePath(blob: row["path"]),
            identity: FileIdentity(row),
            hash: digest.map { ContentHash(digest: UInt64(bitPattern: $0), size: row["digestSize"]) },
            pipeline: row["pipeline"], state: State(rawValue: row["state"]) ?? .waiting,
            place: Place(rawValue: row["place"]) ?? .dropped, movedTo: movedTo.map(FilePath.init(blob:)),
            attempts: row["attempts"], code: row["code"], reason: row["reason"], firstSeen: row["firstSeen"],
            lastChange: row["lastChange"], retryAt: row["retryAt"], outputs: outputs)
    }
}
