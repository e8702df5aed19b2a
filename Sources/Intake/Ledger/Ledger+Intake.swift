import Foundation
import GRDB
import SystemPackage

// What the intake tells the ledger.
extension Ledger {
    /// Whether the file with this identity was done or failed and stays where it is.
    ///
    /// A file whose original is still to be moved is not meant: `recover` sees to those.
    public func isConcluded(_ path: FilePath, in folder: FilePath, _ identity: FileIdentity) throws(LedgerError) -> Bool
    {
        try read { database in
            let row = try Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT state, place, device, inode, size, modified, changed FROM file
                        WHERE folder = (SELECT id FROM folder WHERE path = ?) AND path = ? ORDER BY id DESC LIMIT 1
                        """),
                arguments: [folder.blob, path.blob])
            guard let row, let state = LedgerEntry.State(rawValue: row["state"]) else { return false }
            // One that left and is there all the same came back: by hand, or because a power failure undid its move.
            let stays = LedgerEntry.Place(rawValue: row["place"]) == .dropped
            return stays && (state == .done || state == .failed) && FileIdentity(row) == identity
        }
    }

    /// Records that files were seen, ignored or vanished, in one transaction.
    public func record(_ sightings: [(folder: FilePath, sighting: Sighting)]) throws(LedgerError) {
        let now = Self.now()
        try write { database in
            for (folder, sighting) in sightings {
                let folder = try Self.folderID(folder, database)
                switch sighting {
                case .settling(let key, let identity), .ready(let key, let identity):
                    try Self.saw(key.path, in: folder, identity, at: now, database)
                case .ignored(let key, let identity, let reason):
                    try Self.ignored(key.path, in: folder, identity, reason, at: now, database)
                case .unreadable(let key, let identity, let error):
                    if let identity { try Self.saw(key.path, in: folder, identity, at: now, database) }
                    try database.cachedStatement(
                        sql: """
                            UPDATE file SET code = 'unreadable', reason = ?, lastChange = ?
                            WHERE id = \(Self.openEntry)
                            """
                    ).execute(arguments: ["cannot be read: \(error)", now, folder, key.path.blob])
                case .vanished(let key):
                    try Self.vanished(key.path, in: folder, at: now, database)
                }
            }
        }
    }

    /// The entry of a path that is not final yet; arguments are the folder and the path.
    static let openEntry =
        "(SELECT id FROM file WHERE folder = ? AND path = ? AND state IN ('waiting', 'working') ORDER BY id DESC LIMIT 1)"

    static func folderID(_ folder: FilePath, _ database: Database) throws -> Int64 {
        let find = try database.cachedStatement(sql: "SELECT id FROM folder WHERE path = ?")
        if let id = try Int64.fetchOne(find, arguments: [folder.blob]) { return id }
        try database.execute(sql: "INSERT INTO folder (path) VALUES (?)", arguments: [folder.blob])
        return database.lastInsertedRowID
    }

    /// Opens an entry, or gives the entry of the path its new identity, if that is the same file on its way: seen, put
    /// back after it failed, wanted after it was ignored, or done and not moved yet.
    @discardableResult
    static func saw(
        _ path: FilePath, in folder: Int64, _ identity: FileIdentity, at now: Int64, _ database: Database
    ) throws -> Int64 {
        let last = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT id, state, place, device, inode, size, modified, changed FROM file
                    WHERE folder = ? AND path = ? ORDER BY id DESC LIMIT 1
                    """), arguments: [folder, path.blob])
        if let last, let state = LedgerEntry.State(rawValue: last["state"]),
            let place = LedgerEntry.Place(rawValue: last["place"])
        {
            let id: Int64 = last["id"]
            let isSame = FileIdentity(last).isSameContent(as: identity)
            switch state {
            case .waiting, .working:
                try database.cachedStatement(
                    sql: """
                        UPDATE file SET device = ?, inode = ?, size = ?, modified = ?, changed = ?, lastChange = ?
                        WHERE id = ?
                        """
                ).execute(arguments: identity.arguments + [now, id])
                return id
            case .ignored where place == .dropped, .failed where place != .dropped && isSame:
                try database.cachedStatement(
                    sql: """
                        UPDATE file SET device = ?, inode = ?, size = ?, modified = ?, changed = ?, lastChange = ?,
                        state = 'waiting', place = 'dropped', movedTo = NULL, code = NULL, reason = NULL WHERE id = ?
                        """
                ).execute(arguments: identity.arguments + [now, id])
                return id
            case .done where place == .leaving && isSame: return id
            default: break
            }
        }
        try insert(path, in: folder, identity, .waiting, at: now, database)
        return database.lastInsertedRowID
    }

    private static func insert(
        _ path: FilePath, in folder: Int64, _ identity: FileIdentity, _ state: LedgerEntry.State, at now: Int64,
        _ database: Database
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO file (device, inode, size, modified, changed, folder, path, state, place, firstSeen, lastChange)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'dropped', ?, ?)
                """
        ).execute(arguments: identity.arguments + [folder, path.blob, state.rawValue, now, now])
        try database.cachedStatement(sql: "UPDATE folder SET seen = seen + 1 WHERE id = ?").execute(arguments: [folder])
    }

    private static func ignored(
        _ path: FilePath, in folder: Int64, _ identity: FileIdentity, _ reason: IgnoredReason, at now: Int64,
        _ database: Database
    ) throws {
        let last = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT id, state FROM file WHERE folder = ? AND path = ? ORDER BY id DESC LIMIT 1"),
            arguments: [folder, path.blob])
        let state = last.flatMap { LedgerEntry.State(rawValue: $0["state"]) }
        let id: Int64
        switch state {
        case .ignored, .waiting: id = last!["id"]
        default:
            try insert(path, in: folder, identity, .ignored, at: now, database)
            id = database.lastInsertedRowID
        }
        try database.cachedStatement(
            sql: """
                UPDATE file SET device = ?, inode = ?, size = ?, modified = ?, changed = ?, state = 'ignored',
                code = ?, reason = ?, lastChange = ? WHERE id = ?
                """
        ).execute(arguments: identity.arguments + [reason.code, reason.description, now, id])
    }

    /// A file that vanished before anything was done with it is forgotten; of others it is known that they are gone.
    private static func vanished(_ path: FilePath, in folder: Int64, at now: Int64, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                UPDATE file SET place = 'gone', lastChange = ? WHERE folder = ? AND path = ? AND place = 'dropped'
                AND state IN ('done', 'failed', 'ignored')
                """
        ).execute(arguments: [now, folder, path.blob])
        try database.cachedStatement(
            sql: "DELETE FROM file WHERE folder = ? AND path = ? AND state IN ('waiting', 'working')"
        ).execute(arguments: [folder, path.blob])
        try database.cachedStatement(sql: "UPDATE folder SET seen = seen - ? WHERE id = ?")
            .execute(arguments: [database.changesCount, folder])
    }
}

extension FileIdentity {
    /// Whether it is the same file with the same bytes, under whatever name and permissions.
    func isSameContent(as other: FileIdentity) -> Bool {
        device == other.device && inode == other.inode && size == other.size && modified == other.modified
    }

    /// Device, inode, size, modified, changed.
    var arguments: StatementArguments {
        [Int64(bitPattern: device), Int64(bitPattern: inode), size, modified, changed]
    }

    init(_ row: Row) {
        let device: Int64 = row["device"]
        let inode: Int64 = row["inode"]
        self.init(
            device: UInt64(bitPattern: device), inode: UInt64(bitPattern: inode), size: row["size"],
            modified: row["modified"], changed: row["changed"])
    }
}

extension IgnoredReason {
    /// A word for programs.
    public var code: String {
        switch self {
        case .symbolicLink: "symbolic-link"
        case .namedPipe: "named-pipe"
        case .socket: "socket"
        case .device: "device"
        case .folder: "folder"
        case .notIncluded: "not-included"
        case .excluded: "excluded"
        case .notRecursive: "not-recursive"
        case .unfinishedName: "unfinished-name"
        case .hidden: "hidden"
        case .ownTemporary: "own-temporary"
        case .unreadable: "unreadable"
        case .sameFolder: "same-folder"
        case .tooDeep: "too-deep"
        case .otherFileSystemObject: "not-a-file"
        case .ownFolder: "own-folder"
        }
    }
}
