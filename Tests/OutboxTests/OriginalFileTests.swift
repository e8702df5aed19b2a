import Glibc
import SystemPackage
import Testing

@testable import Outbox

@Suite("An original is moved whole, and never over another file")
struct OriginalFileTests {
    let source: TemporaryFolder
    let target: TemporaryFolder

    init() throws {
        source = try TemporaryFolder()
        target = try TemporaryFolder()
    }

    private func version(_ path: FilePath) throws -> FileVersion {
        FileVersion(try FileCalls.system.status(source.path.appending(path.components)))
    }

    @Test("folders are created, and a name that is taken is numbered")
    func numbered() throws {
        for (name, expected) in [("one", "done/x/a.png"), ("two", "done/x/a-2.png")] {
            try source.write(name, to: "a.png")
            let moved = try OriginalFile.move("a.png", below: source.path, to: "done/x/a.png", below: target.path)
            #expect(moved == FilePath(expected))
            #expect(target.text(moved) == name)
            #expect(!source.exists("a.png"))
        }
    }

    @Test("odd names move", arguments: [[0x61, 0xFF, 0x0A, 0x62], Array(repeating: 0x61, count: 255)])
    func oddNames(name: [UInt8]) throws {
        for _ in 0..<2 {
            try source.write("x", to: filePath(name))
            _ = try OriginalFile.move(
                filePath(name), below: source.path, to: filePath(name), below: target.path, durable: false)
        }
        #expect(try target.names().count == 2)
    }

    @Test("another file under the name is not the one that was meant")
    func expecting() throws {
        try source.write("one", to: "a.png")
        let meant = try version("a.png")
        try source.write("two", to: "b.png")
        #expect(rename(source.path.appending("b.png").string, source.path.appending("a.png").string) == 0)
        let error = #expect(throws: OutboxError.self) {
            try OriginalFile.move(
                "a.png", below: source.path, to: "a.png", below: target.path, expecting: meant, durable: false)
        }
        #expect(error?.reason == .fileChanged)
        #expect(source.text("a.png") == "two")
        let other = #expect(throws: OutboxError.self) {
            try OriginalFile.remove("a.png", below: source.path, expecting: meant)
        }
        #expect(other?.reason == .fileChanged)
        try OriginalFile.remove("a.png", below: source.path, expecting: version("a.png"))
        #expect(try source.texts() == [])
    }

    @Test("a file that was written to meanwhile stays")
    func changed() throws {
        try source.write("one", to: "a.png")
        let meant = try version("a.png")
        try source.write("more", to: "a.png")
        let error = #expect(throws: OutboxError.self) {
            try OriginalFile.move("a.png", below: source.path, to: "a.png", below: target.path, expecting: meant)
        }
        #expect(error?.reason == .fileChanged)
        #expect(source.text("a.png") == "more")
    }

    @Test("a file that is gone is told")
    func gone() throws {
        let error = #expect(throws: OutboxError.self) {
            try OriginalFile.move("a.png", below: source.path, to: "a.png", below: target.path)
        }
        #expect(error?.errno == .noSuchFileOrDirectory)
        #expect(throws: OutboxError.self) { try OriginalFile.remove("a.png", below: source.path) }
        #expect(throws: OutboxError.self) {
            try OriginalFile.move("../a.png", below: source.path, to: "a.png", below: target.path)
        }
    }

    @Test("between mounts: a whole copy with permissions and times, then the original goes")
    func betweenMounts() throws {
        guard let other = try TemporaryFolder.onOtherDevice() else {
            print("skipped: there is no second device beside /tmp")
            return
        }
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try source.write(bytes, to: "a.png")
        let path = source.path.appending("a.png")
        #expect(chmod(path.string, 0o640) == 0)
        let times = [timespec(tv_sec: 1_000_000, tv_nsec: 5), timespec(tv_sec: 1_234_567, tv_nsec: 89)]
        #expect(utimensat(AT_FDCWD, path.string, times, 0) == 0)
        try other.write("taken", to: "a.png")
        let moved = try OriginalFile.move(
            "a.png", below: source.path, to: "a.png", below: other.path, expecting: version("a.png"))
        #expect(moved == "a-2.png")
        let status = try FileCalls.system.status(other.path.appending("a-2.png"))
        #expect(status.st_size == bytes.count)
        #expect(status.st_mode & 0o777 == 0o640)
        #expect(status.st_mtim.tv_sec == 1_234_567 && status.st_mtim.tv_nsec == 89)
        #expect(try source.texts() == [])
        #expect(try other.texts() == ["a-2.png", "a.png"])
        let file = try FileDescriptor.open(other.path.appending("a-2.png"), .readOnly)
        var copy = [UInt8](repeating: 0, count: bytes.count)
        let count = try file.closeAfter { try copy.withUnsafeMutableBytes { try file.read(into: $0) } }
        #expect(count == bytes.count && copy == bytes)
    }

    @Test("between mounts: a copy that was left by a process that died before the original went is taken for the copy")
    func interruptedCopy() throws {
        guard let other = try TemporaryFolder.onOtherDevice() else { return }
        try other.write("another", to: "a.png")
        try source.write("one", to: "a.png")
        let meant = try version("a.png")
        _ = try OriginalFile.move("a.png", below: source.path, to: "a.png", below: other.path)
        // The original as it was, beside its copy.
        try source.write("one", to: "a.png")
        let time = timespec(
            tv_sec: Int(meant.modified / 1_000_000_000), tv_nsec: Int(meant.modified % 1_000_000_000))
        #expect(utimensat(AT_FDCWD, source.path.appending("a.png").string, [time, time], 0) == 0)
        #expect(
            try OriginalFile.move("a.png", below: source.path, to: "a.png", below: other.path) == "a-2.png")
        #expect(try other.texts() == ["a-2.png", "a.png"] && source.texts() == [])
        // The same bytes of another time are another original.
        try source.write("one", to: "a.png")
        #expect(try OriginalFile.move("a.png", below: source.path, to: "a.png", below: other.path) == "a-3.png")
    }

    @Test("a file that was moved is found under its name or a numbered one")
    func find() throws {
        try source.makeFolder("x")
        try target.makeFolder("x")
        try source.write("one", to: "x/a.png")
        let meant = try version("x/a.png")
        #expect(try OriginalFile.find("nowhere/a.png", below: target.path, version: meant) == nil)
        #expect(try OriginalFile.find("x/a.png", below: target.path, version: meant) == nil)
        try target.write("other", to: "x/a.png")
        #expect(try OriginalFile.find("x/a.png", below: target.path, version: meant) == nil)
        _ = try OriginalFile.move("x/a.png", below: source.path, to: "x/a.png", below: target.path)
        #expect(try OriginalFile.find("x/a.png", below: target.path, version: meant) == "x/a-2.png")
        #expect(try OriginalFile.find("y.png", below: target.path, version: meant) == nil)
        guard let other = try TemporaryFolder.onOtherDevice() else { return }
        _ = try OriginalFile.move("x/a-2.png", below: target.path, to: "x/a.png", below: other.path)
        #expect(try OriginalFile.find("x/a.png", below: other.path, version: meant) == "x/a.png")
    }

    @Test("a link is not copied between mounts")
    func linkBetweenMounts() throws {
        guard let other = try TemporaryFolder.onOtherDevice() else { return }
        try source.link("a.png", to: "/etc/passwd")
        #expect(throws: OutboxError.self) {
            try OriginalFile.move("a.png", below: source.path, to: "a.png", below: other.path)
        }
        #expect(try other.texts() == [])
        #expect(source.exists("a.png"))
    }
}
