import Intake
import Specification
import SystemPackage
import Testing

@testable import Daemon

private let work = try! Workplace().loaded().folders[0]

private func file(_ root: Int, _ name: Int) -> ReadyFile {
    ReadyFile(
        key: FileKey(root: RootID(root), path: FilePath("\(name).png")),
        identity: FileIdentity(device: 1, inode: UInt64(name), size: 1, modified: 1, changed: 1), folder: work.folder,
        pipeline: work.pipeline)
}

@Suite("The dispatcher gives out ready files")
struct DispatcherTests {
    private let now = ContinuousClock.now

    private func names(_ files: [ReadyFile]) -> [String] { files.map(\.key.path.string) }

    @Test("In their order, twice as many of a folder as there are workers")
    func bounded() {
        var dispatcher = Dispatcher(width: 2)
        for name in 0..<10 { dispatcher.add(file(0, name)) }
        dispatcher.add(file(1, 100))
        #expect(names(dispatcher.start(at: now)) == ["0.png", "1.png", "2.png", "3.png", "100.png"])
        #expect(dispatcher.start(at: now).isEmpty)
        #expect(dispatcher.readyCount == 6)
        dispatcher.ended(RootID(0), isOutputWritable: true)
        #expect(names(dispatcher.start(at: now)) == ["4.png"])
        #expect(dispatcher.inWork == 5)
    }

    @Test("A long line is given out whole, each file once")
    func longLine() {
        var dispatcher = Dispatcher(width: 4)
        for name in 0..<10_000 { dispatcher.add(file(0, name)) }
        var seen: [String] = []
        while case let started = dispatcher.start(at: now), !started.isEmpty {
            seen += names(started)
            for _ in started { dispatcher.ended(RootID(0), isOutputWritable: nil) }
        }
        #expect(seen == (0..<10_000).map { "\($0).png" })
        #expect(dispatcher.inWork == 0)
    }

    @Test("A paused folder starts nothing; then one file tries, and after its success all go")
    func pause() {
        var dispatcher = Dispatcher(width: 2)
        for name in 0..<10 { dispatcher.add(file(0, name)) }
        dispatcher.add(file(1, 100))
        #expect(dispatcher.start(at: now).count == 5)
        #expect(dispatcher.pause(RootID(0), reason: "full", at: now) == (.seconds(1), true))
        #expect(dispatcher.pause(RootID(0), reason: "full", at: now) == (.seconds(1), false))
        for _ in 0..<4 { dispatcher.ended(RootID(0), isOutputWritable: nil) }
        #expect(dispatcher.start(at: now).isEmpty)
        #expect(dispatcher.pauseReason(of: RootID(0)) == "full")
        #expect(dispatcher.start(at: now + .seconds(1)).count == 1)
        #expect(dispatcher.pause(RootID(0), reason: "full", at: now + .seconds(1)) == (.seconds(2), true))
        dispatcher.ended(RootID(0), isOutputWritable: nil)
        #expect(dispatcher.start(at: now + .seconds(2)).isEmpty)
        #expect(dispatcher.start(at: now + .seconds(3)).count == 1)
        dispatcher.ended(RootID(0), isOutputWritable: true)
        #expect(dispatcher.start(at: now + .seconds(3)).count == 4)
        #expect(dispatcher.pauseReason(of: RootID(0)) == nil)
    }

    @Test("A suspect runs while nothing else does")
    func suspect() {
        var dispatcher = Dispatcher(width: 1)
        for name in 0..<3 { dispatcher.add(file(0, name)) }
        let started = dispatcher.start(at: now)
        #expect(started.count == 2)
        dispatcher.addSuspect(started[0])
        dispatcher.ended(RootID(0), isOutputWritable: nil)
        #expect(dispatcher.start(at: now).isEmpty)
        dispatcher.ended(RootID(0), isOutputWritable: nil)
        let alone = dispatcher.start(at: now)
        #expect(alone.map(\.isAlone) == [true])
        #expect(dispatcher.start(at: now).isEmpty)
        dispatcher.ended(RootID(0), isOutputWritable: true)
        #expect(names(dispatcher.start(at: now)) == ["2.png"])
    }

    @Test("Files of a folder that is no longer watched are forgotten")
    func removed() {
        var dispatcher = Dispatcher(width: 1)
        dispatcher.add(file(0, 0))
        dispatcher.remove(RootID(0))
        #expect(dispatcher.start(at: now).isEmpty)
        #expect(dispatcher.readyCount == 0)
    }

    @Test("Waiting times double up to five minutes")
    func backOff() {
        var backOff = BackOff()
        let delays = (0..<20).map { _ in backOff.next() }
        #expect(Array(delays.prefix(5)) == [1, 2, 4, 8, 16].map { Duration.seconds($0) })
        #expect(delays.last == .seconds(300))
        backOff.reset()
        #expect(backOff.next() == .seconds(1))
    }
}
