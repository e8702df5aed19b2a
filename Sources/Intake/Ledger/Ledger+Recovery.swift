import Foundation
import GRDB
import SystemPackage

// What the ledger does at a start, and now and then.
extension Ledger {
    /// What an earlier run left unfinished.
    public struct Recovered: Sendable {
        /// These were in work when the process ended; they wait again.
        public var interrupted: [LedgerEntry]
        /// The results of these are recorded, but their originals may not have been moved or deleted yet.
        public var leaving: [LedgerEntry]
    }

    /// Puts files that were in work back among those that wait.
    ///
    /// - Parameter blamesFiles: whether one of them may have been what ended the process. It counts once against each
    ///   content, however many files of it were in work.
    public func recover(blamesFiles: Bool) throws(LedgerError) -> Recovered {
        let now = Self.now()
        return try write { database in
            let interrupted = try LedgerEntry.fetch(database, where: "state = 'working'", [], limit: .max)
            for hash in Set(blamesFiles ? interrupted.compactMap(\.hash) : []) {
                try database.cachedStatement(
                    sql: """
                        INSERT INTO death (digest, digestSize, deaths, lastChange) VALUES (?, ?, 1, ?)
                        ON CONFLICT DO UPDATE SET deaths = deaths + 1, lastChange = excluded.lastChange
                        """
                ).execute(arguments: [Int64(bitPattern: hash.digest), hash.size, now])
            }
            try database.execute(
                sql: """
                    UPDATE file SET state = 'waiting', code = 'interrupted',
                    reason = 'the service ended while it was in work', lastChange = ? WHERE state = 'working'
                    """, arguments: [now])
            return Recovered(
                interrupted: interrupted,
                leaving: try LedgerEntry.fetch(database, where: "place = 'leaving'", [], limit: .max))
        }
    }

    /// The files whose fate is recorded, but whose originals may not have been moved or deleted.
    public func leaving() throws(LedgerError) -> [LedgerEntry] {
        try read { try LedgerEntry.fetch($0, where: "place = 'leaving'", [], limit: .max) }
    }

    /// Brings the entries of files that should lie where they were dropped in line with the folder: those that wait and
    /// are not there any more are forgotten, of the others it is noted that they are gone.
    ///
    /// - Parameter isThere: asked with the path relative to the folder.
    /// - Returns: how many were not there.
    @discardableResult
    public func noteMissing(in folder: FilePath, isThere: (FilePath) -> Bool) throws(LedgerError) -> Int {
        var last: Int64 = 0
        var total = 0
        // Some at a time: workers wait for the ledger meanwhile, and folders may keep a million files.
        while true {
            let some = try read { database in
                try Row.fetchAll(
                    database.cachedStatement(
                        sql: """
                            SELECT id, path FROM file WHERE id > ? AND folder = (SELECT id FROM folder WHERE path = ?)
                            AND place = 'dropped' AND state != 'working' ORDER BY id LIMIT 1000
                            """), arguments: [last, folder.blob]
                ).map { (id: $0["id"] as Int64, path: FilePath(blob: $0["path"])) }
            }
            guard let end = some.last?.id else { return total }
            last = end
            let missing = some.filter { !isThere($0.path) }
            guard !missing.isEmpty else { continue }
            total += missing.count
            let now = Self.now()
            try write { database in
                for (id, _) in missing {
                    try database.cachedStatement(
                        sql: """
                            UPDATE file SET place = 'gone', lastChange = ? WHERE id = ?
                            AND state IN ('done', 'failed', 'ignored')
                            """
                    ).execute(arguments: [now, id])
                    try database.cachedStatement(sql: "DELETE FROM file WHERE id = ? AND state = 'waiting'")
                        .execute(arguments: [id])
                    try database.cachedStatement(sql: "UPDATE folder SET seen = seen - ? WHERE path = ?")
                        .execute(arguments: [database.changesCount, folder.blob])
                }
            }
        }
    }

    /// Forgets what has been final for longer than `age`, and the oldest beyond `count`, a thousand at a time.
    ///
    /// Files that stay where they were dropped are kept in mind, so that they are not done again.
    /// - Returns: how many were forgotten; as long as it is not 0, there may be more.
    public func prune(olderThan age: Duration, keeping count: Int) throws(LedgerError) -> Int {
        let limit = Self.now() - age.components.seconds * 1000
        return try write { database in
            try database.execute(sql: "DELETE FROM death WHERE lastChange < ?", arguments: [limit])
            let final = "state IN ('done', 'failed', 'ignored') AND place NOT IN ('dropped', 'leaving')"
            let excess = try Int.fetchOne(database, sql: "SELECT COUNT(*) - ? FROM file", arguments: [count]) ?? 0
            try database.execute(sql: "CREATE TEMP TABLE IF NOT EXISTS pruned (id INTEGER PRIMARY KEY)")
            try database.execute(sql: "DELETE FROM pruned")
            try database.execute(
                sql: """
                    INSERT INTO pruned SELECT id FROM file WHERE \(final) AND lastChange < ? ORDER BY lastChange LIMIT 1000
                    """, arguments: [limit])
            var total = database.changesCount
            if total == 0, excess > 0 {
                try database.execute(
                    sql: "INSERT INTO pruned SELECT id FROM file WHERE \(final) ORDER BY lastChange LIMIT ?",
                    arguments: [min(excess, 1000)])
                total = database.changesCount
            }
            guard total > 0 else { return 0 }
            for (state, column) in [("done", "prunedDone"), ("failed", "prunedFailed"), ("ignored", "prunedIgnored")] {
                try database.execute(
                    sql: """
                        UPDATE folder SET \(column) = \(column) + (SELECT COUNT(*) FROM file
                        WHERE folder = folder.id AND state = ? AND id IN (SELECT id FROM pruned))
                        """, arguments: [state])
            }
            try database.execute(sql: "DELETE FROM file WHERE id IN (SELECT id FROM pruned)")
            try database.execute(sql: "PRAGMA incremental_vacuum(100)")
            return total
        }
    }
}
