import SystemPackage
import Testing

@testable import Outbox

@Suite("A sweep removes what dead processes left, and nothing else")
struct TemporaryFilesTests {
    private let this = TemporaryName.Owner.thisProcess

    private func name(_ change: (inout TemporaryName.Owner) -> Void) -> String {
        var owner = this
        change(&owner)
        return TemporaryName(owner: owner, count: 7).text
    }

    @Test("a name says whose it is, and is short")
    func roundTrip() {
        let name = TemporaryName.next()
        #expect(TemporaryName(Array(name.text.utf8)) == name)
        #expect(TemporaryName.next() != name)
        let longest = TemporaryName(
            owner: .init(host: .max, boot: .max, namespace: .max, pid: .max, start: .max), count: .max)
        #expect(longest.text.utf8.count <= 85)
        #expect(TemporaryName(Array(longest.text.utf8)) == longest)
    }

    @Test(
        "other names are not taken for temporary ones",
        arguments: [
            ".svertka-", "a.png", ".svertka-1-2-3-4-5", ".svertka-1-2-3-4-5-6-7", ".svertka-1-2-3-0-5-6",
            ".svertka-1-2-3-4-5-G",
            ".svertka-1-2-3-4-5-6.png", "x.svertka-1-2-3-4-5-6", ".svertka-01-2-3-4-5-6", ".svertka-1-2-3-+4-5-6",
            ".svertka-123456789-2-3-4-5-6", ".svertka-A-2-3-4-5-6", "",
        ])
    func otherNames(name: String) {
        #expect(!TemporaryFiles.isTemporary(name: Array(name.utf8)))
        #expect(!TemporaryFiles.isTemporary(name: Array(name.utf8) + [0xFF]))
    }

    @Test("dead processes' files go, from every folder; the living and the unknown stay")
    func sweep() throws {
        let folder = try TemporaryFolder()
        let outside = try TemporaryFolder()
        let dead = name { $0.pid = 1 << 29 }
        let reused = name { $0.start += 1 }
        let living = name { _ in }
        let foreign = name { $0.host ^= 1 }
        let container = name { $0.namespace ^= 1 }
        try folder.makeFolder("sub")
        try folder.makeFolder("sub/deep")
        try folder.makeFolder(FilePath(dead))
        for place in ["", "sub/deep/"] {
            for name in [reused, living, foreign, container, "a.png", ".svertka-notes"] {
                try folder.write("x", to: FilePath(place + name))
            }
        }
        try folder.write("x", to: FilePath("sub/" + dead))
        try outside.write("x", to: FilePath(dead))
        try folder.link("link", to: outside.path.string)
        try folder.link(FilePath("sub/deep/" + dead), to: "/etc/passwd")

        let report = try TemporaryFiles.sweep(root: folder.path)
        #expect(Set(report.removed) == [FilePath(reused), FilePath("sub/deep/" + reused), FilePath("sub/" + dead)])
        #expect(report.kept.count == 6)
        #expect(report.failures == [])
        #expect(outside.exists(FilePath(dead)))
        #expect(folder.exists(FilePath("sub/deep/" + dead)))
        #expect(folder.exists("a.png") && folder.exists(".svertka-notes") && folder.exists(FilePath(living)))

        let old = try TemporaryFiles.sweep(root: folder.path, foreignAge: .seconds(-10))
        #expect(Set(old.removed.map { $0.lastComponent?.string ?? "" }) == [foreign, container])
        #expect(folder.exists(FilePath(living)))
    }

    @Test("a publication under way survives a sweep")
    func underWay() throws {
        let folder = try TemporaryFolder()
        let publication = try Publication(root: folder.path)
        try write("x", to: publication.create("a.png", onConflict: .fail))
        #expect(try TemporaryFiles.sweep(root: folder.path).removed == [])
        _ = try publication.commit()
        #expect(folder.text("a.png") == "x")
    }

    @Test("who may still write")
    func life() {
        let now = OwnerLife.Moment(time: 1_000_000, uptime: 1000)
        let running: [Int32: UInt64] = [5: 50, 6: 0]
        let life = OwnerLife(
            foreignAge: .seconds(100), this: .init(host: 1, boot: 2, namespace: 3, pid: 4, start: 40),
            startTime: { running[$0] })
        func mayStillWrite(
            host: UInt32 = 1, boot: UInt32 = 2, namespace: UInt32 = 3, pid: Int32 = 5, start: UInt64 = 50,
            secondsAgo: Int64 = 0
        ) -> Bool {
            life.mayStillWrite(
                .init(host: host, boot: boot, namespace: namespace, pid: pid, start: start),
                lastWrite: now.time - secondsAgo, now: now)
        }
        #expect(mayStillWrite(secondsAgo: 500_000))
        #expect(!mayStillWrite(start: 51))
        #expect(!mayStillWrite(pid: 9))
        // The process is there, but its start is hidden.
        #expect(mayStillWrite(pid: 6, start: 7))
        // Before this boot, and since.
        #expect(!mayStillWrite(boot: 9, secondsAgo: 1001))
        #expect(mayStillWrite(boot: 9, secondsAgo: 99))
        #expect(!mayStillWrite(boot: 9, secondsAgo: 101))
        for secondsAgo: Int64 in [99, 101] {
            #expect(mayStillWrite(host: 9, secondsAgo: secondsAgo) == (secondsAgo < 100))
            #expect(mayStillWrite(namespace: 9, pid: 9, secondsAgo: secondsAgo) == (secondsAgo < 100))
        }
    }
}
