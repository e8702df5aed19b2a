import Foundation
import GRDB
import Synchronization
import SystemPackage

/// What became of every file that was seen, in one SQLite file in the state folder.
///
/// It answers whether a file was dealt with before, across restarts and crashes, and keeps the promise
/// `seen = done + failed + ignored + waiting` for each folder. Every method is a transaction of its own. A transaction
/// survives a crash of the process at once, and a power failure after some seconds: what is lost then was published
/// already, and is recognised by comparing the bytes when it is made again.
public final class Ledger: Sendable {
    let queue: DatabaseQueue
    let file: FilePath

    /// The ledger's name in the state folder.
    public static let fileName: FilePath.Component = "ledger.sqlite"
    /// A file of this name says that the ledger was found to be damaged while it was used.
    private static let damageMark: FilePath.Component = "ledger.damaged"

    /// Whether the ledger was found to be damaged: nothing can be recorded any more, and the process has to start anew.
    public var isDamaged: Bool { damageFound.load(ordering: .relaxed) }
    private let damageFound = Atomic(false)
    private let identity: FileIdentity?

    /// Whether the file was taken away or replaced: what is recorded from now on is lost with this process.
    public var isGone: Bool { Self.identity(of: file).map { $0.inode != identity?.inode } ?? true }

    /// Opens the ledger of a state folder, or makes one.
    ///
    /// A file that is damaged is moved aside and a new one is begun: the ledger can be lost without losing a picture.
    ///
    /// - Returns: the ledger, and where the damaged file is now if there was one.
    public static func open(state: FilePath) throws(LedgerError) -> (ledger: Ledger, damaged: FilePath?) {
        let file = state.appending(fileName)
        let mark = state.appending(damageMark)
        do {
            if mark.withPlatformString({ access($0, F_OK) }) == 0 {
                let aside = setAside(file)
                unlink(mark.string)
                return (try retrying { try Ledger(file: file, isReadOnly: false) }, aside)
            }
            return (try retrying { try Ledger(file: file, isReadOnly: false) }, nil)
        } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
            let aside = setAside(file)
            do {
                return (try retrying { try Ledger(file: file, isReadOnly: false) }, aside)
            } catch let error as LedgerError {
                throw error
            } catch {
                throw LedgerError(error, at: file)
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(error, at: file)
        }
    }

    /// Opens the ledger of a state folder for questions only, beside the service that writes it.
    ///
    /// - Parameter patience: how long tables are waited for that a service which has just begun may still be making.
    public static func openForReading(
        state: FilePath, patience: Duration = .seconds(5)
    ) throws(LedgerError) -> Ledger {
        let file = state.appending(fileName)
        let end = ContinuousClock.now + patience
        do {
            let ledger = try Ledger(file: file, isReadOnly: true)
            while try !ledger.readAtOnce(LedgerSchema.migrator.hasCompletedMigrations) {
                guard ContinuousClock.now < end else { throw LedgerError.notReady(file) }
                usleep(20_000)
            }
            return ledger
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(error, at: file)
        }
    }

    private init(file: FilePath, isReadOnly: Bool) throws {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(5)
        configuration.readonly = isReadOnly
        configuration.prepareDatabase { database in
            guard !database.configuration.readonly else { return }
            try database.execute(
                sql: """
                    PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000;
                    PRAGMA wal_autocheckpoint = 250; PRAGMA journal_size_limit = 1048576
                    """)
        }
        guard let name = String(validating: file) else {
            throw LedgerError.unavailable(file, "the path of the state folder must be UTF-8")
        }
        queue = try DatabaseQueue(path: name, configuration: configuration)
        self.file = file
        identity = Self.identity(of: file)
        if try readAtOnce(LedgerSchema.migrator.hasBeenSuperseded) { throw LedgerError.tooNew(file) }
        if !isReadOnly { try LedgerSchema.migrator.migrate(queue) }
    }

    /// Reads one state of the ledger.
    ///
    /// A transaction sees what is there when it first reads. Were that a question about a table that another process is
    /// just making, the next question could already find it there.
    private func readAtOnce<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try queue.read { database in
            try database.execute(sql: "SELECT 1 FROM sqlite_master LIMIT 1")
            return try body(database)
        }
    }

    private static func identity(of file: FilePath) -> FileIdentity? {
        var status = stat()
        return file.withPlatformString { stat($0, &status) } == 0 ? FileIdentity(status) : nil
    }

    /// SQLite gives up on a flush that a signal interrupts, as on any fault of the disk; the transaction is undone then,
    /// and made anew it meets only faults that last.
    private static func retrying<Result>(_ body: () throws -> Result) throws -> Result {
        for _ in 0..<2 {
            do {
                return try body()
            } catch let error as DatabaseError where error.resultCode == .SQLITE_IOERR {}
        }
        return try body()
    }

    /// Moves the file and its companions to names that are free.
    private static func setAside(_ file: FilePath) -> FilePath {
        let aside = FilePath(file.string + ".damaged-\(now() / 1000)")
        for suffix in ["", "-wal", "-shm"] { rename(file.string + suffix, aside.string + suffix) }
        return aside
    }

    func write<Result>(_ body: (Database) throws -> Result) throws(LedgerError) -> Result {
        do {
            return try Self.retrying { try queue.write(body) }
        } catch {
            let error = LedgerError(error, at: file)
            // What the log holds may find room in the file itself; the next try then finds some too.
            if case .diskFull = error {
                _ = try? queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            }
            noteDamage(error)
            throw error
        }
    }

    private func noteDamage(_ error: LedgerError) {
        guard case .damaged = error, !queue.configuration.readonly,
            !damageFound.exchange(true, ordering: .relaxed)
        else { return }
        let mark = file.removingLastComponent().appending(Self.damageMark)
        let made = try? FileDescriptor.open(
            mark, .writeOnly, options: [.create, .closeOnExec], permissions: [.ownerReadWrite, .groupRead])
        try? made?.close()
    }

    func read<Result>(_ body: (Database) throws -> Result) throws(LedgerError) -> Result {
        do {
            return try Self.retrying { try queue.read(body) }
        } catch {
            let error = LedgerError(error, at: file)
            noteDamage(error)
            throw error
        }
    }

    /// Milliseconds since 1970, as the ledger's times.
    public static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000
    }
}

extension FilePath {
    /// The bytes, as the ledger keeps them.
    var blob: Data {
        withPlatformString { Data(bytes: $0, count: strlen($0)) }
    }

    init(blob: Data) {
        self = (blob.map(CChar.init(bitPattern:)) + [0]).withUnsafeBufferPointer {
            FilePath(platformString: $0.baseAddress!)
        }
    }
}
