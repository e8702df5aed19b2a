import Foundation
import SystemPackage
import Testing

@testable import Outbox

@Suite("A failure note says what happened, whatever the file is called")
struct FailureNoteTests {
    private func note(_ name: [UInt8]) -> FailureNote {
        FailureNote(
            file: filePath(name), code: "truncated-image", failureClass: .permanent, step: "step 1 (decode)",
            message: "“a\"b\\c”\nends early\u{0}\u{1B}[2J\u{202E}\u{1F600}", hint: "send it again", attempts: 2,
            time: 1_738_324_800)
    }

    private func object(_ note: FailureNote) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(note.json)) as? [String: Any])
    }

    @Test("the document is JSON that gives back every value")
    func document() throws {
        let note = note(Array("a\n\"é\u{1F600}\".png".utf8))
        let object = try object(note)
        #expect(object["file"] as? String == "a\n\"é\u{1F600}\".png")
        #expect(object["fileBase64"] == nil)
        #expect(object["code"] as? String == "truncated-image")
        #expect(object["class"] as? String == "permanent")
        #expect(object["step"] as? String == "step 1 (decode)")
        #expect(object["message"] as? String == note.message)
        #expect(object["hint"] as? String == "send it again")
        #expect(object["attempts"] as? Int == 2)
        #expect(object["time"] as? String == "2025-01-31T12:00:00Z")
        #expect(object["version"] as? Int == 1)
        #expect(note.json.allSatisfy { $0 == 10 || $0 >= 32 })
    }

    @Test("a name that is not UTF-8 stands as text and as bytes", arguments: 1...6)
    func bytes(length: Int) throws {
        let name: [UInt8] = [0x61, 0xFF, 0xC3, 0x5C, 0xE2, 0x82].prefix(length) + [0xFE]
        let object = try object(note(name))
        #expect(object["file"] as? String == PrintableName.escaped(name))
        let base64 = try #require(object["fileBase64"] as? String)
        #expect(Data(base64Encoded: base64) == Data(name))
    }

    @Test("different names have different texts")
    func printable() {
        #expect(PrintableName.escaped([0x61, 0xFF]) == "a\\xff")
        #expect(PrintableName.escaped(Array("a\\xff".utf8)) == "a\\\\xff")
        #expect(PrintableName.escaped(Array("\u{1B}[2J\t\n\u{202E}é".utf8)) == "\\u{1b}[2J\\t\\n\\u{202e}é")
        #expect(PrintableName.escaped([0xE2, 0x82, 0xAC, 0xE2, 0x82]) == "€\\xe2\\x82")
        // Overlong forms and surrogates are not UTF-8.
        #expect(PrintableName.escaped([0xC0, 0x80, 0xED, 0xA0, 0x80]) == "\\xc0\\x80\\xed\\xa0\\x80")
    }

    @Test("the note lies beside its file, and replaces an older one")
    func write() throws {
        let folder = try TemporaryFolder()
        try folder.makeFolder("sub")
        for attempts in 1...2 {
            var note = note(Array("a.png".utf8))
            note.attempts = attempts
            #expect(try note.write(beside: "sub/a.png", below: folder.path) == "sub/a.png.error.json")
            #expect(folder.text("sub/a.png.error.json") == String(decoding: note.json, as: UTF8.self))
        }
        #expect(try folder.texts(in: "sub") == ["a.png.error.json"])
    }

    @Test("names as long as the file system allows get notes of their own")
    func longNames() throws {
        let folder = try TemporaryFolder()
        for last: UInt8 in [0x61, 0x62] {
            let name = filePath(Array(repeating: 0x61, count: 254) + [last])
            _ = try note(PrintableName.bytes(of: name)).write(beside: name, below: folder.path, durable: false)
        }
        let names = try folder.texts()
        #expect(names.count == 2)
        #expect(names.allSatisfy { $0.utf8.count <= 255 && $0.hasSuffix(".error.json") })
    }

    @Test("times are in UTC")
    func times() {
        #expect(JSONText.time(0) == "1970-01-01T00:00:00Z")
        #expect(JSONText.time(951_868_799) == "2000-02-29T23:59:59Z")
        #expect(JSONText.time(.max) == "\(Int64.max)")
    }
}
