import SystemPackage
import Testing

@testable import Daemon
@testable import Intake

@Suite("Why says exactly why a file is not processed")
struct WhyTests {
    private let identity = FileIdentity(device: 1, inode: 2, size: 3, modified: 4, changed: 5)

    private func facts(_ path: FilePath = "a.png", folder: String = "") throws -> WhyFacts {
        var facts = WhyFacts(asked: path.string)
        facts.folder = try sampleFolder(folder)
        facts.path = path
        facts.look = .file(identity, isWhole: true, writer: .none)
        facts.liveFolder = ServiceView.Live.Folder(ready: 5, isScanned: true)
        facts.live = ServiceView.Live(
            text: "", pid: 1, started: 0, workers: 2, ledgerFault: nil, configurationFault: nil, folders: [:],
            inWork: [:])
        facts.entry = entry(.waiting)
        return facts
    }

    private func entry(
        _ state: LedgerEntry.State, place: LedgerEntry.Place = .dropped, code: String? = nil
    ) -> LedgerEntry {
        LedgerEntry(
            id: LedgerEntry.ID(row: 1), folder: "/in", path: "a.png", identity: identity, hash: nil, pipeline: nil,
            state: state, place: place, movedTo: place == .moved ? "/done/a.png" : nil, attempts: 1, code: code,
            reason: code.map { "because of \($0)" }, firstSeen: 0, lastChange: 0, retryAt: nil, outputs: ["/out/a.png"])
    }

    private func expect(
        _ code: String, _ facts: WhyFacts, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(facts.answer.code == code, sourceLocation: location)
        #expect(!facts.answer.text.isEmpty, sourceLocation: location)
    }

    private func changed(_ body: (inout WhyFacts) -> Void) throws -> WhyFacts {
        var facts = try facts()
        body(&facts)
        return facts
    }

    @Test("Where it lies")
    func place() throws {
        expect("not-watched", try changed { $0.folder = nil })
        expect(
            "own-folder",
            try changed {
                $0.folder = nil; $0.ownRole = "done"; $0.entry = nil
            })
        for (role, state, code) in [
            ("out", LedgerEntry.State.done, "result"), ("done", .done, "done"), ("failed", .failed, "failed"),
        ] {
            let facts = try changed {
                $0.folder = nil
                $0.ownRole = role
                $0.entry = entry(state, place: .moved)
            }
            expect(code, facts)
        }
        expect("folder-missing", try changed { $0.look = nil })
        expect("folder-missing", try changed { $0.liveFolder?.isMissing = true })
        expect("not-recursive", try facts("sub/a.png", folder: "\"recursive\": false"))
        let deep = FilePath(root: nil, (0...FolderWatcher.depthLimit).map { _ in "d" })
        expect("waiting", try facts(deep))
        expect("too-deep", try facts(deep.appending("a.png")))
    }

    @Test("Folders are no files")
    func folders() throws {
        func ask(_ path: FilePath, _ folder: String = "") throws -> WhyFacts {
            var facts = try facts(path, folder: folder)
            facts.isFolder = true
            facts.look = .vanished
            return facts
        }
        expect("folder", try ask("a.png"))
        expect("folder", try ask(""))
        expect("not-recursive", try ask("sub", "\"recursive\": false"))
        expect("excluded", try ask("raw", "\"exclude\": [\"raw\"]"))
        expect("too-deep", try ask(FilePath(root: nil, (0...FolderWatcher.depthLimit).map { _ in "d" })))
    }

    @Test("What is tried again tells when")
    func nextTry() throws {
        var facts = try facts()
        facts.now = 1_000_000
        facts.entry = entry(.waiting, code: "output-full")
        #expect(facts.answer.text.contains("is tried again, after try 1"))
        facts.entry?.retryAt = 1_011_001
        #expect(facts.answer.text.contains("is tried again in 12 s, after try 1: because of output-full"))
        facts.entry?.retryAt = 999_000
        #expect(facts.answer.text.contains("is tried again at any moment"))
        facts.entry = entry(.waiting)
        facts.liveFolder?.paused = "the disk is full"
        facts.liveFolder?.retryAt = 1_003_000
        #expect(facts.answer == WhyAnswer("paused", "the folder is paused: the disk is full; it is tried again in 3 s"))
    }

    @Test("What it is called")
    func name() throws {
        expect("not-included", try facts("a.png", folder: "\"include\": [\"*.jpg\"]"))
        expect("excluded", try facts("raw/a.png", folder: "\"exclude\": [\"raw\"]"))
        expect("hidden", try facts(".a.png", folder: "\"exclude\": []"))
        expect("own-temporary", try facts(".svertka-1-2-3-4-5-6", folder: "\"exclude\": []"))
        expect("unfinished-name", try facts("a.png.part", folder: "\"exclude\": []"))
    }

    @Test("What it is")
    func kind() throws {
        let kinds: [(IgnoredReason, String)] = [
            (.symbolicLink, "symbolic-link"), (.namedPipe, "named-pipe"), (.socket, "socket"), (.device, "device"),
            (.otherFileSystemObject, "not-a-file"),
        ]
        for (reason, code) in kinds { expect(code, try changed { $0.look = .ignored(identity, reason) }) }
        expect("unreadable", try changed { $0.look = .unreadable(identity, .permissionDenied) })
    }

    @Test("What became of it")
    func history() throws {
        expect(
            "no-such-file",
            try changed {
                $0.look = .vanished; $0.entry = nil
            })
        expect("vanished", try changed { $0.look = .vanished })
        expect(
            "done",
            try changed {
                $0.look = .vanished; $0.entry = entry(.done, place: .moved)
            })
        expect(
            "failed",
            try changed {
                $0.look = .vanished; $0.entry = entry(.failed, place: .moved, code: "x")
            })
        expect("done-kept", try changed { $0.entry = entry(.done) })
        expect("failed-kept", try changed { $0.entry = entry(.failed, code: "x") })
        expect("done-not-moved", try changed { $0.entry = entry(.done, place: .leaving) })
    }

    @Test("What it waits for")
    func waiting() throws {
        expect("not-running", try changed { $0.live = nil })
        expect("not-reloaded", try changed { $0.liveFolder = nil })
        expect("paused", try changed { $0.liveFolder?.paused = "disk full" })
        expect("retried", try changed { $0.entry = entry(.waiting, code: "output-full") })
        expect("being-written", try changed { $0.look = .file(identity, isWhole: false, writer: .open) })
        expect("being-scanned", try changed { $0.liveFolder?.isScanned = false })
        expect("not-seen", try changed { $0.entry = nil })
        expect("settling", try changed { $0.liveFolder?.ready = 0 })
        expect("waiting", try facts())
        var inWork = try facts()
        let path = try #require(inWork.folder?.input.appending("a.png"))
        inWork.live = ServiceView.Live(
            text: "", pid: 1, started: 0, workers: 2, ledgerFault: nil, configurationFault: nil, folders: [:],
            inWork: [path.string: 3])
        expect("in-work", inWork)
        inWork.live = ServiceView.Live(
            text: "", pid: 1, started: 0, workers: 2, ledgerFault: "disk full", configurationFault: nil, folders: [:],
            inWork: [:])
        expect("ledger", inWork)
    }
}
