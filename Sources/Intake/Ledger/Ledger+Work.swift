import Foundation
import GRDB
import SystemPackage

// What the workers tell the ledger.
extension Ledger {
    /// What the ledger answers when work on a file is about to begin.
    public enum Beginning: Sendable {
        case proceed(LedgerEntry.ID)
        /// The same content went through the same pipeline under the same name before.
        case doneBefore(LedgerEntry.ID, earlier: LedgerEntry)
    }

    /// How often the process ended while this content was in work, in ways that the content may have caused. It counts
    /// until a file of this content comes to an end.
    public struct Deaths: Sendable, Equatable {
        public var count = 0
        /// The content went through the same pipeline before, so that it is hardly the cause.
        public var wasDone = false

        public init(count: Int = 0, wasDone: Bool = false) {
            self.count = count
            self.wasDone = wasDone
        }
    }

    /// Records that a worker takes a file, unless the result exists already.
    ///
    /// Committed before the file is opened by a decoder, so that a file that kills the process is known afterwards.
    public func begin(
        _ path: FilePath, in folder: FilePath, _ identity: FileIdentity, hash: ContentHash, pipeline: String
    ) throws(LedgerError) -> Beginning {
        let now = Self.now()
        return try write { database in
            let folder = try Self.folderID(folder, database)
            let id = try Self.saw(path, in: folder, identity, at: now, database)
            if let entry = try LedgerEntry.fetch(database, where: "file.id = ?", [id], limit: 1).first,
                entry.state == .done
            {
                // Only its original is still to be moved.
                return .doneBefore(entry.id, earlier: entry)
            }
            try database.cachedStatement(
                sql: "UPDATE file SET digest = ?, digestSize = ?, pipeline = ?, lastChange = ? WHERE id = ?"
            ).execute(arguments: [Int64(bitPattern: hash.digest), hash.size, pipeline, now, id])
            let earlier = try LedgerEntry.fetch(
                database,
                where: "digest = ? AND digestSize = ? AND pipeline = ? AND folder = ? AND path = ? AND state = 'done'",
                [Int64(bitPattern: hash.digest), hash.size, pipeline, folder, path.blob], limit: 1
            ).first
            if let earlier { return .doneBefore(LedgerEntry.ID(row: id), earlier: earlier) }
            return try Self.take(id, at: now, database)
        }
    }

    /// Records that a worker takes a file though it was done before, because its results are gone.
    public func beginAgain(_ id: LedgerEntry.ID, pipeline: String) throws(LedgerError) -> Beginning {
        let now = Self.now()
        return try write { database in
            try database.cachedStatement(sql: "UPDATE file SET place = 'dropped', pipeline = ? WHERE id = ?")
                .execute(arguments: [pipeline, id.row])
            return try Self.take(id.row, at: now, database)
        }
    }

    private static func take(_ id: Int64, at now: Int64, _ database: Database) throws -> Beginning {
        try database.cachedStatement(
            sql: """
                UPDATE file SET state = 'working', attempts = attempts + 1, code = NULL, reason = NULL, retryAt = NULL,
                lastChange = ? WHERE id = ?
                """
        ).execute(arguments: [now, id])
        return .proceed(LedgerEntry.ID(row: id))
    }

    /// How often the process died over this content.
    public func deaths(over hash: ContentHash, pipeline: String) throws(LedgerError) -> Deaths {
        try read { database in
            let count = try Int.fetchOne(
                database.cachedStatement(sql: "SELECT deaths FROM death WHERE digest = ? AND digestSize = ?"),
                arguments: [Int64(bitPattern: hash.digest), hash.size])
            guard let count else { return Deaths() }
            let wasDone = try Bool.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM file
                        WHERE digest = ? AND digestSize = ? AND pipeline = ? AND state = 'done')
                        """), arguments: [Int64(bitPattern: hash.digest), hash.size, pipeline])
            return Deaths(count: count, wasDone: wasDone ?? false)
        }
    }

    /// Forgets that the process died over this content: it is trusted again.
    public func forgive(_ hash: ContentHash) throws(LedgerError) {
        try write {
            try $0.execute(
                sql: "DELETE FROM death WHERE digest = ? AND digestSize = ?",
                arguments: [Int64(bitPattern: hash.digest), hash.size])
        }
    }

    /// The results are durable. The original is `dropped` if it stays, `leaving` if it is to be moved or deleted.
    public func done(_ id: LedgerEntry.ID, outputs: [FilePath], place: LedgerEntry.Place, note: String? = nil)
        throws(LedgerError)
    {
        let now = Self.now()
        try write { database in
            try database.cachedStatement(
                sql: """
                    UPDATE file SET state = 'done', place = ?, code = NULL, reason = ?, retryAt = NULL, lastChange = ?
                    WHERE id = ?
                    """
            ).execute(arguments: [place.rawValue, note, now, id.row])
            for (position, path) in outputs.enumerated() {
                try database.cachedStatement(
                    sql: "INSERT OR REPLACE INTO output (file, position, path) VALUES (?, ?, ?)"
                )
                .execute(arguments: [id.row, position, path.blob])
            }
            try Self.forgiveContent(of: id, database)
        }
    }

    /// Whatever killed the process, it was not the content of this file, which has come to an end.
    private static func forgiveContent(of id: LedgerEntry.ID, _ database: Database) throws {
        try database.cachedStatement(
            sql: "DELETE FROM death WHERE (digest, digestSize) = (SELECT digest, digestSize FROM file WHERE id = ?)"
        ).execute(arguments: [id.row])
    }

    /// The file failed for good.
    ///
    /// - Parameter isForDeaths: it failed because the process died over its content, which goes on to count.
    public func failed(
        _ id: LedgerEntry.ID, code: String, reason: String, place: LedgerEntry.Place, isForDeaths: Bool = false
    ) throws(LedgerError) {
        let now = Self.now()
        try write { database in
            try database.cachedStatement(
                sql: """
                    UPDATE file SET state = 'failed', place = ?, code = ?, reason = ?, retryAt = NULL, lastChange = ?
                    WHERE id = ?
                    """
            ).execute(arguments: [place.rawValue, code, reason, now, id.row])
            if !isForDeaths { try Self.forgiveContent(of: id, database) }
        }
    }

    /// The file waits: for another try, or until it stops changing.
    public func waiting(_ id: LedgerEntry.ID, code: String, reason: String) throws(LedgerError) {
        let now = Self.now()
        try write {
            try $0.cachedStatement(
                sql: """
                    UPDATE file SET state = 'waiting', code = ?, reason = ?, retryAt = NULL, lastChange = ? WHERE id = ?
                    """
            ).execute(arguments: [code, reason, now, id.row])
        }
    }

    /// When a waiting file is tried again, in milliseconds since 1970.
    public func retries(_ path: FilePath, in folder: FilePath, at time: Int64) throws(LedgerError) {
        try write { database in
            let folder = try Self.folderID(folder, database)
            try database.cachedStatement(sql: "UPDATE file SET retryAt = ? WHERE id = \(Self.openEntry)")
                .execute(arguments: [time, folder, path.blob])
        }
    }

    /// The file vanished while it was in work.
    public func vanished(_ id: LedgerEntry.ID) throws(LedgerError) {
        try write { database in
            let folder = try Int64.fetchOne(database, sql: "SELECT folder FROM file WHERE id = ?", arguments: [id.row])
            try database.execute(sql: "DELETE FROM file WHERE id = ?", arguments: [id.row])
            try database.execute(
                sql: "UPDATE folder SET seen = seen - ? WHERE id = ?", arguments: [database.changesCount, folder])
        }
    }

    /// The original has left the folder it was dropped into.
    public func left(_ id: LedgerEntry.ID, _ place: LedgerEntry.Place, to path: FilePath?) throws(LedgerError) {
        try write {
            try $0.cachedStatement(sql: "UPDATE file SET place = ?, movedTo = ? WHERE id = ?")
                .execute(arguments: [place.rawValue, path?.blob, id.row])
        }
    }
}
