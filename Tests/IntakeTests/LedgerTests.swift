import Dispatch
import Glibc
import SystemPackage
import Testing

@testable import Intake

private let folder: FilePath = "/srv/in"
private let root = RootID(0)
private let content = ContentHash(digest: .max, size: 100)

private func key(_ path: FilePath) -> FileKey { FileKey(root: root, path: path) }

private func identity(_ version: Int64) -> FileIdentity {
    FileIdentity(device: .max, inode: 7, size: 100, modified: version, changed: version)
}

@Suite("The ledger accounts for every file")
struct LedgerTests {
    let place: DropFolder
    let ledger: Ledger

    init() throws {
        place = try DropFolder()
        ledger = try Ledger.open(state: place.path).ledger
    }

    private func see(_ path: FilePath, _ version: Int64 = 1) throws {
        try ledger.record([(folder, .ready(key(path), identity(version)))])
    }

    private func begin(_ path: FilePath, _ version: Int64 = 1, pipeline: String = "p") throws -> Ledger.Beginning {
        try ledger.begin(path, in: folder, identity(version), hash: content, pipeline: pipeline)
    }

    private func work(_ path: FilePath, _ version: Int64 = 1) throws -> LedgerEntry.ID {
        guard case .proceed(let id) = try begin(path, version) else { throw Errno.fileExists }
        return id
    }

    private func counts() throws -> LedgerCounts {
        let counts = try ledger.counts().map(\.counts).reduce(LedgerCounts(), +)
        #expect(counts.isBalanced)
        return counts
    }

    private func expect(
        seen: Int, done: Int = 0, failed: Int = 0, ignored: Int = 0, waiting: Int = 0,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let counts = try counts()
        #expect(
            [counts.seen, counts.done, counts.failed, counts.ignored, counts.waiting]
                == [seen, done, failed, ignored, waiting], sourceLocation: location)
    }

    @Test("From seen to done")
    func seenToDone() throws {
        try see("a.png")
        try see("a.png", 2)
        try expect(seen: 1, waiting: 1)
        let id = try work("a.png", 2)
        #expect(try counts().working == 1)
        try ledger.done(id, outputs: ["/srv/out/a.png", "/srv/out/a-2.png"], place: .leaving)
        try ledger.left(id, .moved, to: "/srv/done/a.png")
        try expect(seen: 1, done: 1)
        let entry = try #require(try ledger.entries(for: "a.png", in: folder).first)
        #expect(entry.state == .done)
        #expect(entry.attempts == 1)
        #expect(entry.identity == identity(2))
        #expect(entry.hash == content)
        #expect(entry.outputs == ["/srv/out/a.png", "/srv/out/a-2.png"])
        #expect(entry.movedTo == "/srv/done/a.png")
    }

    @Test("Paths of any bytes come back unchanged")
    func paths() throws {
        let bytes: [CChar] = [0x61, CChar(bitPattern: 0xff), 0x0a, 0x27, 0x62, 0]
        let path = FilePath(platformString: bytes)
        try see(path)
        #expect(try ledger.entries(for: path, in: folder).first?.path == path)
    }

    @Test("A file that vanishes before its time is forgotten; one that was done is gone")
    func vanished() throws {
        try see("a.png")
        try ledger.record([(folder, .vanished(key("a.png")))])
        try expect(seen: 0)
        try see("b.png")
        let id = try work("b.png")
        try ledger.done(id, outputs: [], place: .dropped)
        #expect(try ledger.isConcluded("b.png", in: folder, identity(1)))
        #expect(try !ledger.isConcluded("b.png", in: folder, identity(2)))
        try ledger.record([(folder, .vanished(key("b.png")))])
        try expect(seen: 1, done: 1)
        #expect(try ledger.entries(for: "b.png", in: folder).first?.place == .gone)
        try see("c.png")
        try ledger.vanished(try work("c.png"))
        try expect(seen: 1, done: 1)
    }

    @Test("What is ignored counts once, also when it becomes input later")
    func ignored() throws {
        for _ in 0..<3 { try ledger.record([(folder, .ignored(key("p.png"), identity(1), .namedPipe))]) }
        try expect(seen: 1, ignored: 1)
        try see("p.png", 2)
        try expect(seen: 1, waiting: 1)
        try ledger.record([(folder, .ignored(key("p.png"), identity(3), .excluded))])
        try expect(seen: 1, ignored: 1)
    }

    @Test("A file that cannot be opened is seen and waits, with the reason")
    func unreadable() throws {
        for _ in 0..<2 {
            try ledger.record([(folder, .unreadable(key("a.png"), identity(1), .permissionDenied))])
            try ledger.record([(folder, .unreadable(key("b.png"), nil, .permissionDenied))])
        }
        try expect(seen: 1, waiting: 1)
        #expect(try ledger.entries(for: "a.png", in: folder).first?.code == "unreadable")
        let postponed = try ledger.postponed(in: folder, limit: 5)
        #expect(postponed.map(\.count) == [1] && postponed[0].reason.contains("cannot be read"))
    }

    @Test("A failed file that is put back counts once; another one of its name is another file")
    func putBack() throws {
        let id = try work("a.png")
        try ledger.failed(id, code: "truncated", reason: "ends early", place: .leaving)
        try ledger.left(id, .moved, to: "/srv/failed/a.png")
        try see("a.png")
        try expect(seen: 1, waiting: 1)
        #expect(try work("a.png") == id)
        try ledger.failed(id, code: "truncated", reason: "ends early", place: .leaving)
        try ledger.left(id, .moved, to: "/srv/failed/a.png")
        try see("a.png", 2)
        try expect(seen: 2, failed: 1, waiting: 1)
    }

    @Test("A file that was done and could not be moved is not done again, and counts once")
    func notMoved() throws {
        let id = try work("a.png")
        try ledger.done(id, outputs: ["/srv/out/a.png"], place: .leaving)
        for _ in 0..<2 {
            try see("a.png")
            guard case .doneBefore(id, _) = try begin("a.png", pipeline: "q") else {
                Issue.record("it was taken again")
                return
            }
        }
        try expect(seen: 1, done: 1)
        #expect(try ledger.leaving().map(\.pipeline) == ["p"])
        guard case .proceed(id) = try ledger.beginAgain(id, pipeline: "q") else { return }
        try expect(seen: 1, waiting: 1)
    }

    @Test("Damage that shows while it is used ends its use; the next opening begins a new one")
    func damagedWhileUsed() throws {
        for index in 0..<2000 { try see(FilePath("\(index).png")) }
        _ = try ledger.queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        let file = try FileDescriptor.open(ledger.file, .readWrite)
        let size = try file.seek(offset: 0, from: .end)
        let rubbish = [UInt8](repeating: 0x55, count: Int(size) - 4096)
        try file.closeAfter { _ = try file.writeAll(toAbsoluteOffset: 4096, rubbish) }
        try ledger.queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA cache_size = 0; PRAGMA shrink_memory") }
        #expect(!ledger.isDamaged)
        #expect(throws: LedgerError.self) { try see("new.png") }
        #expect(ledger.isDamaged)
        let opened = try Ledger.open(state: place.path)
        #expect(opened.damaged != nil && !opened.ledger.isDamaged)
        #expect(try Ledger.open(state: place.path).damaged == nil)
    }

    @Test("A ledger that is taken away or replaced is missed")
    func takenAway() throws {
        #expect(!ledger.isGone)
        let aside = place.path.appending("aside")
        rename(ledger.file.string, aside.string)
        #expect(ledger.isGone)
        try place.write(FilePath(ledger.file.lastComponent!.string), [1])
        #expect(ledger.isGone)
        rename(aside.string, ledger.file.string)
        #expect(!ledger.isGone)
    }

    @Test("The same content under the same name through the same pipeline is done once")
    func doneBefore() throws {
        let first = try work("a.png")
        try ledger.done(first, outputs: ["/srv/out/a.png"], place: .moved)
        guard case .doneBefore(let id, let earlier) = try begin("a.png", 2) else {
            Issue.record("it was taken again")
            return
        }
        #expect(earlier.id == first)
        #expect(earlier.outputs == ["/srv/out/a.png"])
        try ledger.done(id, outputs: earlier.outputs, place: .leaving, note: "done before")
        try expect(seen: 2, done: 2)
        guard case .proceed = try begin("b.png") else { Issue.record("another name is another result"); return }
        guard case .proceed = try begin("a.png", 3, pipeline: "q") else {
            Issue.record("another pipeline is another result")
            return
        }
    }

    @Test("What was in work when the process ended waits again, and the content is remembered")
    func recovery() throws {
        _ = try work("a.png")
        try see("b.png")
        let leaving = try work("c.png")
        try ledger.done(leaving, outputs: [], place: .leaving)
        let reopened = try Ledger.open(state: place.path).ledger
        let recovered = try reopened.recover(blamesFiles: true)
        #expect(recovered.interrupted.map(\.path) == ["a.png"])
        #expect(recovered.leaving.map(\.id) == [leaving])
        try expect(seen: 3, done: 1, waiting: 2)
        #expect(try reopened.deaths(over: content, pipeline: "q").count == 1)
        _ = try work("a.png")
        #expect(try reopened.recover(blamesFiles: false).interrupted.count == 1)
        #expect(try reopened.deaths(over: content, pipeline: "q").count == 1)
        _ = try work("a.png")
        #expect(try reopened.entries(for: "a.png", in: folder).first?.attempts == 3)
        try reopened.forgive(content)
        #expect(try reopened.deaths(over: content, pipeline: "q") == Ledger.Deaths())
    }

    @Test("A death counts once against each content that was in work, until a file of it comes to an end")
    func deaths() throws {
        let other = ContentHash(digest: 1, size: 1)
        func count(_ hash: ContentHash = content) throws -> Int { try ledger.deaths(over: hash, pipeline: "p").count }
        for death in 1...2 {
            // Two files of one content, and one that is hardly to blame the second time: it is not in work.
            _ = try work("a.png")
            _ = try work("b.png")
            if death == 1 {
                _ = try ledger.begin("c.png", in: folder, identity(1), hash: other, pipeline: "p")
            }
            _ = try ledger.recover(blamesFiles: true)
            #expect(try count() == death)
            #expect(try count(other) == 1)
        }
        try ledger.failed(
            try work("a.png"), code: "kills-the-service", reason: "", place: .leaving, isForDeaths: true)
        #expect(try count() == 2)
        try ledger.failed(try work("b.png"), code: "truncated", reason: "", place: .leaving)
        #expect(try count() == 0)
        _ = try work("d.png")
        _ = try ledger.recover(blamesFiles: true)
        #expect(try !ledger.deaths(over: content, pipeline: "p").wasDone)
        try ledger.done(try work("d.png"), outputs: [], place: .moved)
        #expect(try count() == 0)
        _ = try work("e.png")
        _ = try ledger.recover(blamesFiles: true)
        #expect(try ledger.deaths(over: content, pipeline: "p") == Ledger.Deaths(count: 1, wasDone: true))
        #expect(try ledger.deaths(over: content, pipeline: "q") == Ledger.Deaths(count: 1))
    }

    @Test("Of files that went while the service was down, those that waited are forgotten, the others are gone")
    func missing() throws {
        try see("a.png")
        try see("b.png")
        for name: FilePath in ["c.png", "d.png"] { try ledger.done(try work(name), outputs: [], place: .dropped) }
        #expect(try ledger.noteMissing(in: folder) { ["b.png", "d.png"].contains($0) } == 2)
        try expect(seen: 3, done: 2, waiting: 1)
        #expect(try ledger.entries(for: "c.png", in: folder).first?.place == .gone)
        #expect(try ledger.entries(for: "d.png", in: folder).first?.place == .dropped)
        #expect(try ledger.noteMissing(in: folder) { _ in false } == 2)
        try expect(seen: 2, done: 2)
    }

    @Test("More files than are asked for at a time may be missing")
    func manyMissing() throws {
        try ledger.record((0..<2500).map { (folder, .ready(key(FilePath("\($0).png")), identity(1))) })
        #expect(try ledger.noteMissing(in: folder) { $0 == "2499.png" } == 2499)
        try expect(seen: 1, waiting: 1)
    }

    @Test("A retry and a failure keep their reason")
    func failure() throws {
        let id = try work("a.png")
        try ledger.waiting(id, code: "disk-full", reason: "no room")
        try ledger.retries("a.png", in: folder, at: 5)
        try expect(seen: 1, waiting: 1)
        #expect(try ledger.entries(for: "a.png", in: folder).first?.retryAt == 5)
        #expect(
            try ledger.postponed(in: folder, limit: 5)
                == [Ledger.Postponed(code: "disk-full", reason: "no room", count: 1, retryAt: 5)])
        #expect(try work("a.png") == id)
        #expect(try ledger.entries(for: "a.png", in: folder).first?.retryAt == nil)
        try ledger.failed(id, code: "truncated", reason: "ends early", place: .leaving)
        try expect(seen: 1, failed: 1)
        #expect(try ledger.history(of: .failed, limit: 5).first?.code == "truncated")
        #expect(try ledger.history(limit: 5).first?.attempts == 2)
    }

    @Test("Pruned entries stay in the counts, and what lies where it was dropped is not pruned")
    func pruning() throws {
        for index in 0..<30 {
            let id = try work("\(index).png")
            let place: LedgerEntry.Place = index < 10 ? .dropped : .moved
            if index % 2 == 0 {
                try ledger.done(id, outputs: ["/srv/out/\(index).png"], place: place)
            } else {
                try ledger.failed(id, code: "x", reason: "x", place: place)
            }
        }
        try see("waiting.png")
        #expect(try ledger.prune(olderThan: .seconds(3600), keeping: 100) == 0)
        #expect(try ledger.prune(olderThan: .seconds(3600), keeping: 20) == 11)
        try expect(seen: 31, done: 15, failed: 15, waiting: 1)
        #expect(try ledger.prune(olderThan: .seconds(-3600), keeping: 100) == 9)
        #expect(try ledger.prune(olderThan: .seconds(-3600), keeping: 100) == 0)
        try expect(seen: 31, done: 15, failed: 15, waiting: 1)
        #expect(try ledger.isConcluded("0.png", in: folder, identity(1)))
        _ = try ledger.noteMissing(in: folder) { _ in false }
        #expect(try ledger.prune(olderThan: .seconds(-3600), keeping: 100) == 10)
        try expect(seen: 30, done: 15, failed: 15)
    }

    @Test("A damaged ledger is moved aside")
    func damaged() throws {
        let other = try DropFolder()
        try other.write("ledger.sqlite", Array(repeating: 0x55, count: 8192))
        let opened = try Ledger.open(state: other.path)
        #expect(opened.damaged != nil)
        #expect(try opened.ledger.counts().isEmpty)
    }

    @Test("It can be read while another connection writes, and not before it exists")
    func reading() throws {
        try see("a.png")
        let reader = try Ledger.openForReading(state: place.path)
        #expect(try reader.counts().first?.counts.waiting == 1)
        try see("b.png")
        #expect(try reader.counts().first?.counts.waiting == 2)
        #expect(throws: LedgerError.self) { try Ledger.openForReading(state: place.path.appending("nowhere")) }
    }

    /// As it is for a moment when a service begins, and for good where something else made an empty file.
    @Test("Without its tables it is waited for, and then said not to be ready")
    func unfinished() throws {
        let other = try DropFolder()
        try other.write("ledger.sqlite", [])
        let path = other.path
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(300)) {
            #expect(throws: Never.self) { try Ledger.open(state: path) }
        }
        #expect(try Ledger.openForReading(state: other.path, patience: .seconds(60)).counts().isEmpty)
        let empty = try DropFolder()
        try empty.write("ledger.sqlite", [])
        do {
            _ = try Ledger.openForReading(state: empty.path, patience: .zero)
            Issue.record("it was opened")
        } catch {
            guard case .notReady = error else { throw error }
            #expect(error.description.contains("start the service"))
        }
    }

    @Test("Readers that come while its tables are made see none or all of them", arguments: 0..<20)
    func beginning(_ round: Int) throws {
        let other = try DropFolder()
        let path = other.path, file = path.appending("ledger.sqlite").string
        let made = DispatchGroup()
        DispatchQueue.global().async(group: made) { #expect(throws: Never.self) { try Ledger.open(state: path) } }
        while access(file, F_OK) != 0 { usleep(10) }
        usleep(UInt32(round % 10) * 100)
        #expect(try Ledger.openForReading(state: path, patience: .seconds(60)).counts().isEmpty)
        made.wait()
    }
}

@Suite("A folder has one service")
struct StateLockTests {
    @Test("A second lock names the holder; it is free again afterwards")
    func held() throws {
        let place = try DropFolder()
        try place.makeFolder("state")
        try place.makeFolder("other")
        try place.makeFolder("root")
        let state = place.path.appending("state")
        let roots = [place.path.appending("root"), place.path.appending("root/../root")]
        do {
            let lock = try StateLock(state: state, roots: roots)
            #expect(throws: StateLock.Failure.held(state.appending("lock"), holder: getpid())) {
                try StateLock(state: state, roots: [])
            }
            #expect(throws: StateLock.Failure.held(roots[0], holder: getpid())) {
                try StateLock(state: place.path.appending("other"), roots: roots)
            }
            withExtendedLifetime(lock) {}
        }
        _ = try StateLock(state: state, roots: roots)
    }

    @Test("Locks go with the roots: a replaced one is locked, one that is gone is let go")
    func followed() throws {
        let place = try DropFolder()
        for name in ["one", "two", "a", "b", "c"] { try place.makeFolder(FilePath(name)) }
        let (a, b, c) = (place.path.appending("a"), place.path.appending("b"), place.path.appending("c"))
        let moved = place.path.appending("moved")
        let lock = try StateLock(state: place.path.appending("one"), roots: [a, b])
        let other = try StateLock(state: place.path.appending("two"), roots: [])
        rename(a.string, moved.string)
        rename(c.string, a.string)
        rename(b.string, c.string)
        #expect(lock.follow([a, b]) == [.cannotLock(b, .noSuchFileOrDirectory)])
        // Folders that have left the paths are free, those that stand there are not.
        try other.setRoots([moved, c])
        #expect(throws: StateLock.Failure.held(a, holder: getpid())) { try other.setRoots([a]) }
    }

    @Test("New roots are locked, old ones let go; after a refusal the locks are what they were")
    func newRoots() throws {
        let place = try DropFolder()
        for name in ["one", "two", "a", "b", "c"] { try place.makeFolder(FilePath(name)) }
        let (a, b, c) = (place.path.appending("a"), place.path.appending("b"), place.path.appending("c"))
        let lock = try StateLock(state: place.path.appending("one"), roots: [a])
        let other = try StateLock(state: place.path.appending("two"), roots: [c])
        #expect(throws: StateLock.Failure.held(c, holder: getpid())) { try lock.setRoots([b, c]) }
        #expect(throws: StateLock.Failure.held(a, holder: getpid())) { try other.setRoots([c, a]) }
        try other.setRoots([b])
        #expect(throws: StateLock.Failure.held(b, holder: getpid())) { try lock.setRoots([a, b]) }
        try lock.setRoots([c])
        try other.setRoots([a, b])
    }
}
