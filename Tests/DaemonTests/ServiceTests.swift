import Foundation
import Intake
import SystemPackage
import Testing

@testable import Daemon

// Each run takes the process's one watcher and its signals, so these tests follow one another.
@Suite("Every dropped file ends in one place", .serialized)
struct ServiceTests {
    @Test("Pictures are done, other files fail with a note, pipes are told")
    func places() throws {
        let place = try Workplace()
        try place.write("r/in/a.png", Workplace.picture)
        try place.write("r/in/sub/b.png", Workplace.picture)
        try place.write("r/in/text.jpg", "no picture")
        try place.write("r/in/empty.png", "")
        mkfifo(place.path.appending("r/in/pipe.png").string, 0o600)
        #expect(place.once() == .someFilesFailed)
        #expect(place.files(in: "r/out") == ["a.png", "sub/b.png"])
        #expect(place.files(in: "r/done") == ["a.png", "sub/b.png"])
        #expect(
            place.files(in: "r/failed")
                == ["empty.png", "empty.png.error.json", "text.jpg", "text.jpg.error.json"])
        #expect(place.text("r/failed/text.jpg.error.json").contains("\"code\": \"not-an-image\""))
        let view = try ServiceView(configuration: place.configuration)
        let counts = try #require(try view.ledger?.counts().first?.counts)
        let numbers: [Int] = [counts.seen, counts.done, counts.failed, counts.ignored, counts.waiting]
        #expect(numbers == [5, 2, 2, 1, 0] as [Int])
        #expect(try view.status().text.contains("not running"))
    }

    @Test("The same picture dropped again gives no second result; with its result gone it does")
    func droppedAgain() throws {
        let place = try Workplace()
        for _ in 0..<2 {
            try place.write("r/in/a.png", Workplace.picture)
            #expect(place.once() == .done)
        }
        #expect(place.files(in: "r/out") == ["a.png"])
        #expect(place.files(in: "r/done") == ["a-2.png", "a.png"])
        try FileManager.default.removeItem(atPath: place.path.appending("r/out/a.png").string)
        try place.write("r/in/a.png", Workplace.picture)
        #expect(place.once() == .done)
        #expect(place.files(in: "r/out") == ["a.png"])
    }

    @Test("Originals that are kept are done once, over restarts")
    func kept() throws {
        let place = try Workplace(folder: "\"originals\": \"keep\"")
        try place.write("r/in/a.png", Workplace.picture)
        for _ in 0..<2 { #expect(place.once() == .done) }
        #expect(place.files(in: "r/in") == ["a.png"])
        let view = try ServiceView(configuration: place.configuration)
        #expect(try view.ledger?.counts().first?.counts.done == 1)
        #expect(try view.why(place.path.appending("r/in/a.png")).answer.code == "done-kept")
    }

    @Test("Originals are deleted where the configuration says so")
    func deleted() throws {
        let place = try Workplace(folder: "\"originals\": \"delete\"")
        try place.write("r/in/a.png", Workplace.picture)
        #expect(place.once() == .done)
        #expect(place.files(in: "r/in").isEmpty && place.files(in: "r/done").isEmpty)
    }

    @Test("What an earlier run recorded but did not move is moved at the start")
    func recovered() throws {
        let place = try Workplace()
        try place.write("r/in/a.png", Workplace.picture)
        #expect(place.once() == .done)
        // As if the process had died between the ledger and the move.
        let done = place.path.appending("r/done/a.png").string
        rename(done, place.path.appending("r/in/a.png").string)
        var status = stat()
        stat(place.path.appending("r/in/a.png").string, &status)
        let ledger = try Ledger.open(state: place.path.appending("state")).ledger
        let entry = try #require(try ledger.history(limit: 1).first)
        try ledger.left(entry.id, .leaving, to: nil)
        #expect(place.once() == .done)
        #expect(place.files(in: "r/done") == ["a.png"])
        #expect(place.files(in: "r/out") == ["a.png"])
        #expect(try ledger.history(limit: 5).count == 1)
    }

    @Test("A failed file whose note a crash prevented gets it at the start")
    func noteRecovered() throws {
        let place = try Workplace()
        try place.write("r/in/a.png", "no picture")
        #expect(place.once() == .someFilesFailed)
        let note = place.path.appending("r/failed/a.png.error.json").string
        try FileManager.default.removeItem(atPath: note)
        let ledger = try Ledger.open(state: place.path.appending("state")).ledger
        let entry = try #require(try ledger.history(limit: 1).first)
        try ledger.left(entry.id, .leaving, to: nil)
        #expect(place.once() == .done)
        #expect(place.text("r/failed/a.png.error.json").contains("\"code\": \"not-an-image\""))
        #expect(try ledger.history(limit: 5).map(\.movedTo) == [place.path.appending("r/failed/a.png")])
    }

    @Test("An original that cannot be put away stays, is done once, counts once, and goes when it can")
    func notPutAway() throws {
        let place = try Workplace()
        try place.write("r/done/sub", "a file where a folder should be")
        try place.write("r/in/sub/a.png", Workplace.picture)
        let start = ContinuousClock.now
        #expect(place.once() == .someFilesFailed)
        #expect(place.files(in: "r/in") == ["sub/a.png"] && place.files(in: "r/out") == ["sub/a.png"])
        #expect(start.duration(to: .now) < .seconds(60), "a run that ends does not wait for ever")
        let view = try ServiceView(configuration: place.configuration)
        let counts = try #require(try view.ledger?.counts().first?.counts)
        #expect(counts.seen == 1 && counts.done == 1)
        #expect(try view.why(place.path.appending("r/in/sub/a.png")).answer.code == "done-not-moved")
        try FileManager.default.removeItem(atPath: place.path.appending("r/done/sub").string)
        #expect(place.once() == .done)
        #expect(place.files(in: "r/done") == ["sub/a.png"] && place.files(in: "r/out") == ["sub/a.png"])
        #expect(try view.ledger?.counts().first?.counts.seen == 1)
    }

    @Test("A file that fails and cannot be set aside counts once")
    func notSetAside() throws {
        let place = try Workplace()
        try place.write("r/failed/sub", "a file where a folder should be")
        try place.write("r/in/sub/a.png", "no picture")
        #expect(place.once() == .someFilesFailed)
        #expect(place.files(in: "r/in") == ["sub/a.png"])
        let view = try ServiceView(configuration: place.configuration)
        let counts = try #require(try view.ledger?.counts().first?.counts)
        #expect(counts.seen == 1 && counts.waiting == 1)
        #expect(try view.status().text.contains("waiting for another try: 1"))
    }

    @Test("A damaged ledger ends the run; the next one begins a new ledger and does the rest")
    func damagedLedger() throws {
        let place = try Workplace()
        try place.write("r/in/a.png", Workplace.picture)
        #expect(place.once() == .done)
        let file = place.path.appending("state/ledger.sqlite").string
        var bytes = try Data(contentsOf: URL(filePath: file))
        for index in 4096..<bytes.count { bytes[index] = 0x55 }
        try bytes.write(to: URL(filePath: file))
        try place.write("r/in/b.png", Workplace.picture)
        var ends = [place.once()]
        if ends == [.environment] { ends.append(place.once()) }
        #expect(ends.last == .done)
        #expect(place.files(in: "r/out") == ["a.png", "b.png"] && place.files(in: "r/in").isEmpty)
    }

    @Test("Of two files that give a result of one name, the second one never replaces the first one's")
    func otherOwner() throws {
        let place = try Workplace(folder: "\"onConflict\": \"replace\"")
        try place.write("r/out/a.png", "of somebody else")
        try place.write("r/in/a.png", Workplace.picture)
        try place.write("r/in/a.jpg", Workplace.picture)
        #expect(place.once() == .someFilesFailed)
        #expect(place.files(in: "r/done").count == 1)
        let loser = try #require(place.files(in: "r/failed").first { !$0.hasSuffix(".json") })
        #expect(place.text(FilePath("r/failed/\(loser).error.json")).contains("name-taken"))
        let first = place.text("r/out/a.png")
        // A new version of the same file does replace it.
        let winner = place.files(in: "r/done")[0]
        try place.write(FilePath("r/in/\(winner)"), Workplace.picture + [0])
        #expect(place.once() == .done)
        #expect(place.files(in: "r/out") == ["a.png"] && place.text("r/out/a.png") == first)
    }

    @Test("A content over which the service died twice is set aside, its neighbour is not; retry trusts it again")
    func deaths() throws {
        let place = try Workplace()
        let contents = ["a.png": Workplace.picture, "b.png": Workplace.picture + [0]]
        for (name, content) in contents { try place.write(FilePath("r/in/\(name)"), content) }
        let state = place.path.appending("state")
        try FileManager.default.createDirectory(atPath: state.string, withIntermediateDirectories: true)
        let ledger = try Ledger.open(state: state).ledger
        let pipeline = try place.loaded().pipelines[0].hash
        func die(_ names: [FilePath]) throws {
            for name in names {
                _ = try ledger.begin(
                    name, in: place.path.appending("r/in"),
                    FileIdentity(device: 1, inode: 1, size: 1, modified: 1, changed: 1),
                    hash: ContentHash(of: contents[name.string] ?? []), pipeline: pipeline)
            }
            _ = try ledger.recover(blamesFiles: true)
        }
        // Together first; then each runs alone, and one of them does it again.
        try die(["a.png", "b.png"])
        try die(["a.png"])
        #expect(place.once() == .someFilesFailed)
        #expect(place.text("r/failed/a.png.error.json").contains("kills-the-service"))
        #expect(place.files(in: "r/done") == ["b.png"])
        let view = try ServiceView(configuration: place.configuration)
        #expect(try view.why(place.path.appending("r/in/a.png")).answer.code == "failed")
        #expect(try view.retry(nil).count == 1)
        #expect(place.files(in: "r/failed").isEmpty)
        #expect(place.once() == .done)
        #expect(place.files(in: "r/out") == ["a.png", "b.png"])
    }

    @Test("Two deaths over a content that was done before with the same pipeline do not set it aside")
    func deathsOfTheInnocent() throws {
        let place = try Workplace()
        try place.write("r/in/a.png", Workplace.picture)
        #expect(place.once() == .done)
        try place.write("r/in/copy.png", Workplace.picture)
        let ledger = try Ledger.open(state: place.path.appending("state")).ledger
        for _ in 0..<2 {
            _ = try ledger.begin(
                "copy.png", in: place.path.appending("r/in"),
                FileIdentity(device: 1, inode: 1, size: 1, modified: 1, changed: 1),
                hash: ContentHash(of: Workplace.picture), pipeline: place.loaded().pipelines[0].hash)
            _ = try ledger.recover(blamesFiles: true)
        }
        #expect(place.once() == .done)
        #expect(place.files(in: "r/out") == ["a.png", "copy.png"])
    }

    @Test("How a run ended is told by what it left")
    func lastEnd() throws {
        let place = try Workplace()
        let file = place.path.appending("run")
        func end(_ bytes: [UInt8]?) throws -> LastEnd {
            if let bytes { try place.write("run", bytes) } else { unlink(file.string) }
            return LastEnd.read(from: place.path)
        }
        let boot = Array(try Data(contentsOf: URL(filePath: "/proc/sys/kernel/random/boot_id")))
        #expect(try end(nil) == .none)
        #expect(try end([]) == .none)
        #expect(try end([0] + boot) == .unknown)
        #expect(try end([0] + Array("another boot".utf8)) == .machine)
        #expect(try end([UInt8(SIGTERM)] + boot) == .stop)
        #expect(try end([UInt8(SIGSEGV)] + boot) == .crash(SIGSEGV))
        #expect(LastEnd.unknown.blamesFiles && LastEnd.crash(SIGABRT).blamesFiles)
        #expect(!LastEnd.none.blamesFiles && !LastEnd.stop.blamesFiles && !LastEnd.machine.blamesFiles)
    }

    @Test("Wrong and unsafe configurations are refused, and a second service")
    func refusals() throws {
        let wrong = try Workplace(pipeline: "{ \"version\": 1, \"steps\": [ { \"op\": \"no-such\" } ] }")
        #expect(wrong.once() == .wrongConfiguration)

        let overlapping = try Workplace(folder: "\"out\": \"in/out\"")
        #expect(overlapping.once() == .unsafeConfiguration)

        let linked = try Workplace(folder: "\"out\": \"link\"")
        try linked.write("r/in/sub/x.txt", "")
        symlink("in/sub", linked.path.appending("r/link").string)
        #expect(linked.once() == .unsafeConfiguration)

        let open = try Workplace()
        chmod(open.configuration.string, 0o666)
        #expect(open.once() == .unsafeConfiguration)

        let replaceable = try Workplace()
        chmod(replaceable.path.string, 0o777)
        #expect(replaceable.once() == .unsafeConfiguration)

        let held = try Workplace()
        let loaded = try held.loaded()
        try StartUp.prepareFolders(loaded.layout)
        let lock = try StartUp.lock(loaded.layout)
        #expect(held.once() == .unsafeConfiguration)
        withExtendedLifetime(lock) {}
    }

    @Test("A result that cannot be written leaves its original where it is")
    func unwritable() throws {
        let place = try Workplace(
            folder: "\"onConflict\": \"replace\"",
            pipeline: Workplace.pipeline.replacingOccurrences(of: "{folder}/{stem}.png", with: "taken/{stem}.png"))
        try place.write("r/out/taken", "a file where a folder should be")
        try place.write("r/in/a.png", Workplace.picture)
        #expect(place.once() == .someFilesFailed)
        #expect(place.files(in: "r/out") == ["taken"])
        #expect(place.files(in: "r/in").count + place.files(in: "r/failed").count > 0)
    }
}
