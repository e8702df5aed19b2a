import SystemPackage
import Testing

@testable import Intake

/// A tracker with a clock that is moved by hand; its rule is 2 s of quiet and 60 s of patience.
private struct Bench {
    var tracker = SettleTracker()
    var now = ContinuousClock.now
    let key = FileKey(root: RootID(1), path: "a.png")

    init() {
        tracker.setRule(SettleTracker.Rule(quiet: .seconds(2), patience: .seconds(60)), for: RootID(1))
    }

    mutating func pass(_ time: Duration) { now += time }
    mutating func notice(_ hint: SettleTracker.Hint) { tracker.noticed(key, hint, at: now) }
    mutating func list(_ identity: FileIdentity) { tracker.listed(key, identity, at: now) }
    mutating func finish(_ outcome: SettleTracker.Outcome) { tracker.finished(key, outcome, at: now) }

    /// Looks if a look is due.
    mutating func look(_ look: Look) -> Sighting? {
        tracker.takeDue(at: now).contains(key) ? tracker.looked(key, look, at: now) : nil
    }

    mutating func isLookDue() -> Bool { tracker.takeDue(at: now).contains(key) }
}

private func identity(_ version: Int64, size: Int64 = 100) -> FileIdentity {
    FileIdentity(device: 1, inode: 7, size: size, modified: version, changed: version)
}

private func file(
    _ version: Int64, whole: Bool = false, _ writer: Look.Writer = .unknown
) -> Look {
    .file(identity(version), isWhole: whole, writer: writer)
}

@Suite("A file settles after its quiet period")
struct SettleTrackerTests {
    @Test(
        "A whole picture whose writer has closed it is ready at once",
        arguments: [SettleTracker.Hint.written, .arrived])
    func wholeAndClosed(hint: SettleTracker.Hint) {
        var bench = Bench()
        bench.notice(hint)
        #expect(bench.look(file(1, whole: true)) == .ready(bench.key, identity(1)))
    }

    @Test("A whole picture that nobody is known to have closed waits for the quiet period")
    func wholeButUnknown() {
        var bench = Bench()
        bench.notice(.created)
        #expect(bench.look(file(1, whole: true)) == .settling(bench.key, identity(1)))
        bench.pass(.milliseconds(1999))
        #expect(bench.isLookDue() == false)
        bench.pass(.milliseconds(1))
        #expect(bench.look(file(1, whole: true)) == .ready(bench.key, identity(1)))
    }

    @Test("A whole picture without a writer is ready at once, however it came")
    func wholeWithoutWriter() {
        var bench = Bench()
        bench.list(identity(1))
        #expect(bench.look(file(1, whole: true, .none)) == .ready(bench.key, identity(1)))
    }

    @Test(
        "A file without an end marker waits, closed or not",
        arguments: [SettleTracker.Hint.written, .arrived, .created])
    func notWhole(hint: SettleTracker.Hint) {
        var bench = Bench()
        bench.notice(hint)
        #expect(bench.look(file(1, .none)) == .settling(bench.key, identity(1)))
        bench.pass(.seconds(2))
        #expect(bench.look(file(1, .none)) == .ready(bench.key, identity(1)))
    }

    @Test("Every change begins the quiet period again")
    func changeBeginsAgain() {
        var bench = Bench()
        bench.notice(.created)
        _ = bench.look(file(0))
        for version in 1...50 as ClosedRange<Int64> {
            bench.pass(.seconds(2))
            #expect(bench.look(file(version)) == .settling(bench.key, identity(version)))
        }
        bench.pass(.seconds(2))
        #expect(bench.look(file(50)) == .ready(bench.key, identity(50)))
    }

    @Test("An event that changes nothing does not begin it again")
    func emptyEvent() {
        var bench = Bench()
        bench.notice(.created)
        _ = bench.look(file(1))
        bench.pass(.seconds(1))
        bench.notice(.changed)
        #expect(bench.look(file(1)) == nil)
        bench.pass(.seconds(1))
        #expect(bench.look(file(1)) == .ready(bench.key, identity(1)))
    }

    @Test("The age of a file counts for nothing: an old time stamp and one from the future settle alike")
    func ageCountsForNothing() {
        for time in [Int64.min, 0, Int64.max] {
            var bench = Bench()
            bench.list(identity(time))
            #expect(bench.look(file(time)) == .settling(bench.key, identity(time)))
            bench.pass(.seconds(2))
            #expect(bench.look(file(time)) == .ready(bench.key, identity(time)))
        }
    }

    @Test("A file that is open for writing waits for the patience, not only for the quiet period")
    func openWriter() {
        var bench = Bench()
        bench.notice(.written)
        #expect(bench.look(file(1, whole: true, .open)) == .settling(bench.key, identity(1)))
        var waited = Duration.zero
        while waited < .seconds(58) {
            bench.pass(.seconds(2))
            waited += .seconds(2)
            #expect(bench.look(file(1, whole: true, .open)) == nil)
        }
        bench.pass(.seconds(2))
        #expect(bench.look(file(1, whole: true, .open)) == .ready(bench.key, identity(1)))
    }

    @Test("It is ready as soon as the writer closes it")
    func writerCloses() {
        var bench = Bench()
        bench.notice(.created)
        _ = bench.look(file(1, whole: true, .open))
        bench.pass(.seconds(10))
        #expect(bench.look(file(1, whole: true, .open)) == nil)
        bench.pass(.milliseconds(5))
        bench.notice(.written)
        #expect(bench.look(file(1, whole: true, .none)) == .ready(bench.key, identity(1)))
    }

    @Test("A new file under the name does not profit from the close of the one before")
    func createdAfterClose() {
        var bench = Bench()
        bench.notice(.written)
        bench.notice(.created)
        #expect(bench.look(file(1, whole: true)) == .settling(bench.key, identity(1)))
    }

    @Test("Many events before a look are one look")
    func eventsCoalesce() {
        var bench = Bench()
        for _ in 0..<1000 { bench.notice(.written) }
        #expect(bench.tracker.takeDue(at: bench.now) == [bench.key])
        #expect(bench.tracker.nextDeadline == nil)
    }

    @Test("A file that is out is not handed out again, whatever happens")
    func handedOutOnce() {
        var bench = Bench()
        bench.notice(.written)
        _ = bench.look(file(1, whole: true))
        bench.notice(.written)
        bench.list(identity(1))
        bench.pass(.seconds(100))
        #expect(bench.isLookDue() == false)
    }

    @Test("A concluded file rests until its identity changes")
    func concludedRests() {
        var bench = Bench()
        bench.notice(.written)
        _ = bench.look(file(1, whole: true))
        bench.finish(.concluded(identity(1)))
        bench.list(identity(1))
        #expect(bench.isLookDue() == false)
        bench.notice(.written)
        #expect(bench.look(file(1, whole: true)) == nil)
        bench.list(identity(2))
        #expect(bench.look(file(2, whole: true, .none)) == .ready(bench.key, identity(2)))
    }

    @Test("What changes while a file is out is looked at afterwards", arguments: [true, false])
    func touchedWhileOut(kept: Bool) {
        var bench = Bench()
        bench.notice(.written)
        _ = bench.look(file(1, whole: true))
        bench.notice(.written)
        bench.finish(kept ? .concluded(identity(1)) : .left)
        #expect(bench.look(file(2, whole: true)) == .ready(bench.key, identity(2)))
    }

    @Test("A file that left is forgotten")
    func leftIsForgotten() {
        var bench = Bench()
        bench.notice(.written)
        _ = bench.look(file(1, whole: true))
        bench.finish(.left)
        #expect(bench.tracker.count == 0)
        #expect(bench.isLookDue() == false)
    }

    @Test("A vanished file is forgotten, and told only if anybody knew of it")
    func vanished() {
        var bench = Bench()
        bench.notice(.created)
        #expect(bench.look(.vanished) == nil)
        #expect(bench.tracker.count == 0)
        bench.notice(.created)
        _ = bench.look(file(1))
        bench.pass(.seconds(2))
        #expect(bench.look(.vanished) == .vanished(bench.key))
        #expect(bench.tracker.count == 0)
    }

    @Test("A retry waits for its time and needs no second quiet period")
    func retryWaits() {
        var bench = Bench()
        bench.notice(.written)
        _ = bench.look(file(1, whole: true))
        bench.finish(.retry(after: .seconds(30)))
        bench.pass(.seconds(10))
        bench.notice(.changed)
        #expect(bench.look(file(1)) == nil)
        bench.pass(.seconds(20))
        #expect(bench.look(file(1)) == .ready(bench.key, identity(1)))
    }

    @Test("A file that changes does not wait for its retry")
    func changeEndsRetry() {
        var bench = Bench()
        bench.notice(.written)
        _ = bench.look(file(1, whole: true))
        bench.finish(.retry(after: .seconds(3600)))
        bench.notice(.written)
        #expect(bench.look(file(2, whole: true)) == .ready(bench.key, identity(2)))
    }

    @Test("A file that changed under its reader settles again")
    func changedUnderReader() {
        var bench = Bench()
        bench.notice(.written)
        _ = bench.look(file(1, whole: true))
        bench.finish(.changed)
        #expect(bench.look(file(2)) == .settling(bench.key, identity(2)))
    }

    @Test("What is never input is told once, and again only for another reason")
    func ignoredOnce() {
        var bench = Bench()
        bench.notice(.created)
        #expect(bench.look(.ignored(identity(1), .namedPipe)) == .ignored(bench.key, identity(1), .namedPipe))
        bench.list(identity(1))
        #expect(bench.isLookDue() == false)
        bench.notice(.changed)
        #expect(bench.look(.ignored(identity(2), .namedPipe)) == nil)
        bench.notice(.created)
        #expect(bench.look(.ignored(identity(3), .socket)) == .ignored(bench.key, identity(3), .socket))
        bench.notice(.arrived)
        #expect(bench.look(file(4, whole: true)) == .ready(bench.key, identity(4)))
    }

    @Test("An unreadable file is told once and tried again with every scan and event")
    func unreadable() {
        var bench = Bench()
        bench.notice(.written)
        #expect(
            bench.look(.unreadable(identity(1), .permissionDenied))
                == .unreadable(bench.key, identity(1), .permissionDenied))
        bench.list(identity(1))
        #expect(bench.look(.unreadable(identity(1), .permissionDenied)) == nil)
        bench.notice(.changed)
        #expect(bench.look(file(2, whole: true)) == .ready(bench.key, identity(2)))
    }

    @Test(
        "A file that cannot be opened for lack of something is looked at again by itself, ever more seldom, then left")
    func outOfDescriptors() {
        var bench = Bench()
        bench.notice(.written)
        let look = Look.unreadable(identity(1), .tooManyOpenFiles)
        #expect(bench.look(look) == .unreadable(bench.key, identity(1), .tooManyOpenFiles))
        for pause in [1, 2, 4, 8] {
            #expect(bench.tracker.nextDeadline == bench.now + .seconds(pause))
            bench.pass(.seconds(pause))
            #expect(bench.look(look) == nil)
        }
        #expect(bench.tracker.isIdle)
        bench.list(identity(1))
        #expect(bench.look(file(1, whole: true, .none)) == .ready(bench.key, identity(1)))
    }

    @Test("What the old patterns did not want is looked at again by new ones, and told only if they want it")
    func newPatterns() {
        var bench = Bench()
        bench.notice(.written)
        #expect(
            bench.look(.ignored(identity(1), .notIncluded)) == .ignored(bench.key, identity(1), .notIncluded))
        bench.list(identity(1))
        #expect(bench.isLookDue() == false)
        bench.tracker.reconsiderIgnored(of: RootID(1), at: bench.now)
        #expect(bench.look(.ignored(identity(1), .notIncluded)) == nil)
        bench.tracker.reconsiderIgnored(of: RootID(1), at: bench.now)
        #expect(bench.look(file(1, whole: true, .none)) == .ready(bench.key, identity(1)))
    }

    @Test("A file whose identity a scan could not tell is looked at")
    func listedWithoutIdentity() {
        var bench = Bench()
        bench.tracker.listed(bench.key, nil, at: bench.now)
        #expect(bench.look(.unreadable(nil, .permissionDenied)) == .unreadable(bench.key, nil, .permissionDenied))
    }

    @Test("A full scan finds the files that nothing told were gone")
    func scanFindsMissing() {
        var bench = Bench()
        let other = FileKey(root: RootID(1), path: "b.png")
        bench.tracker.beginScan(of: RootID(1))
        for key in [bench.key, other] {
            bench.tracker.listed(key, identity(1), at: bench.now)
            #expect(bench.tracker.takeDue(at: bench.now) == [key])
            _ = bench.tracker.looked(key, file(1, whole: true, .none), at: bench.now)
            bench.tracker.finished(key, .concluded(identity(1)), at: bench.now)
        }
        bench.tracker.endScan(of: RootID(1), at: bench.now)
        #expect(bench.tracker.takeDue(at: bench.now).isEmpty)

        bench.tracker.beginScan(of: RootID(1))
        bench.tracker.listed(other, identity(1), at: bench.now)
        bench.tracker.endScan(of: RootID(1), at: bench.now)
        #expect(bench.look(.vanished) == .vanished(bench.key))
        #expect(bench.tracker.count == 1)
    }

    @Test("What the ledger knows is not handed out, until it changes")
    func adopted() {
        var bench = Bench()
        bench.list(identity(1))
        #expect(bench.tracker.isNew(bench.key))
        bench.tracker.adopt(bench.key, concluded: identity(1))
        #expect(bench.look(file(1, whole: true, .none)) == nil)
        bench.list(identity(2))
        #expect(bench.look(file(2, whole: true, .none)) == .ready(bench.key, identity(2)))
    }

    @Test("The outcome of a file whose root was removed has no effect")
    func removedRoot() {
        var bench = Bench()
        bench.notice(.written)
        _ = bench.look(file(1, whole: true))
        bench.tracker.remove(root: RootID(1))
        bench.finish(.retry(after: .zero))
        #expect(bench.tracker.count == 0)
    }

    @Test("Files wait side by side: each becomes ready at its own time")
    func sideBySide() {
        var tracker = SettleTracker()
        let start = ContinuousClock.now
        let keys = (0..<500).map { FileKey(root: RootID(2), path: FilePath("\($0).png")) }
        for (index, key) in keys.enumerated() {
            let now = start + .milliseconds(index)
            tracker.noticed(key, .created, at: now)
            #expect(tracker.takeDue(at: now).contains(key))
            _ = tracker.looked(key, .file(identity(1), isWhole: false, writer: .none), at: now)
        }
        for (index, key) in keys.enumerated() {
            let now = start + .seconds(2) + .milliseconds(index)
            #expect(tracker.takeDue(at: now) == [key])
            #expect(tracker.looked(key, .file(identity(1), isWhole: false, writer: .none), at: now) != nil)
        }
    }

    @Test("Any order of events, looks and scans hands out each identity once", arguments: 0..<200 as Range<UInt64>)
    func anyOrder(seed: UInt64) {
        var random = SplitMix(state: seed)
        var bench = Bench()
        var version: Int64 = 0
        var exists = false
        var handedOut: [Int64] = []
        var isOut = false
        for _ in 0..<300 {
            switch random.next() % 8 {
            case 0:
                version += 1
                exists = true
                bench.notice(.created)
            case 1 where exists:
                version += 1
                bench.notice(.written)
            case 2 where exists: bench.list(identity(version))
            case 3: bench.notice(.changed)
            case 4: exists = false
            case 5 where isOut:
                bench.finish(handedOut.last == version && exists ? .concluded(identity(version)) : .changed)
                isOut = false
            default: bench.pass(.milliseconds(Int64(random.next() % 3000)))
            }
            let whole = random.next() % 2 == 0
            if case .ready(_, let found) = bench.look(exists ? file(version, whole: whole) : .vanished) {
                #expect(!isOut)
                isOut = true
                handedOut.append(found.modified)
            }
        }
        if isOut { bench.finish(.changed) }
        isOut = false
        version += 1
        bench.notice(.created)
        _ = bench.look(file(version))
        bench.pass(.seconds(2))
        #expect(bench.look(file(version)) == .ready(bench.key, identity(version)))
    }
}

private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
