import Foundation
import Glibc
import Specification
import Testing

@Suite("A document is loaded from a file without trusting it")
struct DocumentFileTests {
    static func inTemporaryFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "specification-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func aFileIsReadWhole() throws {
        try Self.inTemporaryFolder { folder in
            let text = String(repeating: "[1, 2]\n", count: 50_000)
            try text.write(toFile: folder + "/a.json", atomically: false, encoding: .utf8)
            #expect(try SourceText.load(path: folder + "/a.json").bytes == Array(text.utf8))
            let name = Array(folder.utf8) + [0x2F, 0xFF, 0x0A]
            let descriptor = PathBytes(name).withCString { open($0, O_CREAT | O_WRONLY, 0o600) }
            #expect(write(descriptor, "{}", 2) == 2)
            close(descriptor)
            #expect(try SourceText.load(path: name).bytes == Array("{}".utf8))
        }
    }

    @Test func aHugeFileIsRefusedByItsSize() throws {
        try Self.inTemporaryFolder { folder in
            #expect(FileManager.default.createFile(atPath: folder + "/a", contents: nil))
            #expect(truncate(folder + "/a", 100 << 30) == 0)
            #expect(throws: SourceFileError.tooLarge(file: folder + "/a", size: 100 << 30, limit: JSONReader.sizeLimit))
            {
                _ = try SourceText.load(path: folder + "/a")
            }
        }
        #expect(throws: SourceFileError.tooLarge(file: "/dev/zero", size: nil, limit: JSONReader.sizeLimit)) {
            _ = try SourceText.load(path: "/dev/zero")
        }
    }

    @Test func whatIsNoFileIsRefused() throws {
        try Self.inTemporaryFolder { folder in
            #expect(throws: SourceFileError.noFile(file: folder, kind: "a folder")) {
                _ = try SourceText.load(path: folder)
            }
            let missing = folder + "/missing"
            #expect(throws: SourceFileError.unreadable(file: missing, code: ENOENT)) {
                _ = try SourceText.load(path: missing)
            }
            let report = SourceFileError.unreadable(file: missing, code: ENOENT).diagnostics.render()
            #expect(
                report == "\(missing):1:1: error: the document cannot be read: No such file or directory\n"
                    + "  hint: check the path; relative ones start at the current folder\n")
        }
    }

    @Test func aPipeIsReadToItsEnd() throws {
        try Self.inTemporaryFolder { folder in
            let path = folder + "/pipe"
            #expect(mkfifo(path, 0o600) == 0)
            let writer = Thread {
                let descriptor = open(path, O_WRONLY)
                _ = write(descriptor, "[1,", 3)
                usleep(20_000)
                _ = write(descriptor, "2]", 2)
                close(descriptor)
            }
            writer.start()
            let source = try SourceText.load(path: path)
            #expect(source.bytes == Array("[1,2]".utf8))
        }
    }
}
