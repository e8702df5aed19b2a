import Glibc
import Testing

@testable import Batch

@Suite("A list is read line by line, whatever it holds")
struct LineReaderTests {
    private func lines(_ bytes: [UInt8], end: UInt8 = 10) throws -> [[UInt8]] {
        var name = Array("/tmp/svertka-lines-XXXXXX".utf8CString)
        let file = mkstemp(&name)
        defer {
            close(file)
            unlink(name)
        }
        #expect(write(file, bytes, bytes.count) == bytes.count)
        let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let reader = try #require(LineReader(path: path, end: end))
        var lines: [[UInt8]] = []
        while let line = reader.next() { lines.append(line) }
        return lines
    }

    @Test func endsOfLines() throws {
        #expect(try lines(Array("a\nb\r\n\nc".utf8)) == ["a", "b", "", "c"].map { Array($0.utf8) })
        #expect(try lines(Array("a\n".utf8)) == [Array("a".utf8)])
        #expect(try lines([]) == [])
        #expect(try lines(Array("a\nb\u{0}c\r\u{0}".utf8), end: 0) == [Array("a\nb".utf8), Array("c\r".utf8)])
        #expect(try lines([0xFF, 10, 0xFE]) == [[0xFF], [0xFE]])
    }

    @Test func manyLinesAcrossTheBuffer() throws {
        let words = (0..<30_000).map { "folder/\($0).png" }
        let bytes = Array((words.joined(separator: "\n") + "\n").utf8)
        #expect(try lines(bytes) == words.map { Array($0.utf8) })
    }

    @Test func anEndlessLineTakesNoMemory() throws {
        let bytes = [UInt8](repeating: 65, count: 1 << 20) + [10] + Array("b".utf8)
        let found = try lines(bytes)
        #expect(found.map(\.count) == [LineReader.longestLine, 1])
    }
}
