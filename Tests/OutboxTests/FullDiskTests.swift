import Foundation
import Glibc
import SystemPackage
import Testing

@testable import Outbox

@Suite("A full disk fails the publication, keeps what was there, and is transient")
struct FullDiskTests {
    /// The root of a small file system that no path leads to, and that goes away with its descriptor.
    private func smallDisk(_ options: String) throws -> (root: FilePath, close: () -> Void)? {
        guard geteuid() == 0 else {
            print("skipped: only root may mount a small file system")
            return nil
        }
        let folder = try TemporaryFolder()
        guard run("/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.path.string) else {
            print("skipped: mounting is not allowed here")
            return nil
        }
        let descriptor = open(folder.path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // Detached at once, so that nothing is left behind even if this process dies.
        #expect(run("/bin/umount", "-l", folder.path.string))
        return (FilePath("/proc/self/fd/\(descriptor)"), { _ = Glibc.close(descriptor) })
    }

    private func run(_ arguments: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    @Test("no space for the second file: the first is not published, and there is space again")
    func space() throws {
        guard let disk = try smallDisk("size=64k") else { return }
        defer { disk.close() }
        let text = String(repeating: "x", count: 20_000)
        for round in 1...3 {
            let publication = try Publication(root: disk.root)
            try write(text, to: publication.create("a.png", onConflict: .replace))
            #expect(throws: Errno.noSpace) {
                try write(text + text + text, to: publication.create("b.png", onConflict: .fail))
            }
            publication.abandon()
            let small = try Publication(root: disk.root)
            try write("\(round)", to: small.create(FilePath("\(round).png"), onConflict: .fail))
            #expect(try small.commit().map(\.disposition) == [.created])
        }
    }

    @Test("no inodes: the message says what to look for")
    func inodes() throws {
        guard let disk = try smallDisk("nr_inodes=3") else { return }
        defer { disk.close() }
        var failure: OutboxError?
        for index in 0..<5 where failure == nil {
            do {
                let publication = try Publication(root: disk.root)
                _ = try publication.create(FilePath("\(index).png"), onConflict: .fail)
                _ = try publication.commit()
            } catch { failure = error }
        }
        #expect(failure?.errno == .noSpace)
        #expect(failure?.failureClass == .transient)
        #expect(failure?.hint.contains("inodes") == true)
    }
}
