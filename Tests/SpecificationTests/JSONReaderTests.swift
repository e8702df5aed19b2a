import Specification
import Testing

/// A document that is wrong, and the rule and place of every fault in it.
struct BrokenDocument: Sendable, CustomTestStringConvertible {
    let text: String
    let faults: [String]

    init(_ text: String, _ faults: String...) {
        self.text = text
        self.faults = faults
    }

    var testDescription: String { String(text.prefix(60)) }
}

/// `rule@line:column` for every diagnostic.
func places(_ diagnostics: Diagnostics) -> [String] {
    diagnostics.all.map { diagnostic in
        let position = diagnostics.source.position(at: diagnostic.range.lowerBound)
        return "\(diagnostic.rule)@\(position.line):\(position.column)"
    }
}

func read(_ text: String) -> (value: JSONValue?, diagnostics: Diagnostics) { read(Array(text.utf8)) }

func read(_ bytes: [UInt8]) -> (value: JSONValue?, diagnostics: Diagnostics) {
    let source = SourceText(file: "test.json", bytes: bytes)
    var diagnostics = Diagnostics(source: source)
    return (JSONReader.read(source, into: &diagnostics), diagnostics)
}

@Suite("The reader tells every fault of a document at its line and column")
struct JSONReaderTests {
    static let broken = [
        BrokenDocument("", "empty-document@1:1"),
        BrokenDocument(" \n // only a comment\n", "empty-document@3:1"),
        BrokenDocument("{", "unterminated-object@1:1"),
        BrokenDocument("[1, [2, 3]", "unterminated-array@1:1"),
        BrokenDocument("{\"a\": [1, 2}", "mismatched-bracket@1:12"),
        BrokenDocument("[1, {\"a\": 2]]", "mismatched-bracket@1:12"),
        BrokenDocument("{\"a\": 1,\n \"b\": 2,\n}", "trailing-comma@2:8"),
        BrokenDocument("[1, 2, ]", "trailing-comma@1:6"),
        BrokenDocument("[,]", "extra-comma@1:2"),
        BrokenDocument("[1,,2]", "extra-comma@1:4"),
        BrokenDocument("{\"a\": 1,, \"b\": 2}", "extra-comma@1:9"),
        BrokenDocument("{\"a\": 1\n \"b\": 2}", "missing-comma@1:8"),
        BrokenDocument("[1 2]", "missing-comma@1:3"),
        BrokenDocument("[[1, 2] [3, 4]]", "missing-comma@1:8"),
        BrokenDocument("{\"a\" 1}", "missing-colon@1:5"),
        BrokenDocument("{\"a\" = 1}", "missing-colon@1:6"),
        BrokenDocument("{\"a\"}", "missing-colon@1:5"),
        BrokenDocument("{\"a\": }", "missing-value@1:7"),
        BrokenDocument("{\"a\": , \"b\": 1}", "missing-value@1:7"),
        BrokenDocument("{\"a\"", "unexpected-end@1:5"),
        BrokenDocument("{\"a\":", "unexpected-end@1:6"),
        BrokenDocument("{a: 1}", "unquoted-key@1:2"),
        BrokenDocument("{'a': 'b'}", "single-quotes@1:2", "single-quotes@1:7"),
        BrokenDocument("{1: 2}", "unquoted-key@1:2"),
        BrokenDocument("{[1]: 2}", "unexpected-character@1:2"),
        BrokenDocument("{\"a\": 1; \"b\": 2}", "unexpected-character@1:8"),
        BrokenDocument("[@]", "unexpected-character@1:2"),
        BrokenDocument("{\"a\": 1, \"b\": 2, \"a\": 3}", "duplicate-key@1:18"),
        BrokenDocument("{\"a\": 1,\n\"\\u0061\": 3}", "duplicate-key@2:1"),
        BrokenDocument("{\"a\": {\"b\": 1, \"b\": 2}, \"a\": 1}", "duplicate-key@1:16", "duplicate-key@1:25"),
        BrokenDocument("[01]", "malformed-number@1:2"),
        BrokenDocument("[-01.5]", "malformed-number@1:2"),
        BrokenDocument(
            "[.5, 5., 1e, 1e+, +1, 0x10, 1.2.3, 1a]",
            "malformed-number@1:2", "malformed-number@1:6", "malformed-number@1:10", "malformed-number@1:14",
            "malformed-number@1:19", "malformed-number@1:23", "malformed-number@1:29", "malformed-number@1:36"),
        BrokenDocument(
            "[NaN, Infinity, -Infinity, nan]",
            "malformed-number@1:2", "malformed-number@1:7", "malformed-number@1:17", "malformed-number@1:28"),
        BrokenDocument("[-]", "unknown-word@1:2"),
        BrokenDocument(
            "[1e999, -1e999, 1e-999]",
            "number-out-of-range@1:2", "number-out-of-range@1:9", "number-out-of-range@1:17"),
        BrokenDocument(
            "[True, None, undefined, yes]",
            "unknown-word@1:2", "unknown-word@1:8", "unknown-word@1:14", "unknown-word@1:25"),
        BrokenDocument("{\"op\": decode}", "unknown-word@1:8"),
        BrokenDocument("[\"a\nb\"]", "unterminated-string@1:2"),
        BrokenDocument("{\"a\": \"b,\n\"c\": x\n}", "unterminated-string@1:7", "unknown-word@2:6"),
        BrokenDocument("{\"a\": [\"b],\n\"c\": x\n}", "unterminated-string@1:8", "unexpected-character@2:4"),
        BrokenDocument("[\"abc", "unterminated-string@1:2"),
        BrokenDocument("{\"a: 1,\n\"b\": 2}", "unterminated-string@1:2"),
        BrokenDocument("[\"a\tb\", \"\u{1}\"]", "control-character@1:4", "control-character@1:10"),
        BrokenDocument("[\"C:\\dir\", \"\\x41\"]", "bad-escape@1:5", "bad-escape@1:13"),
        BrokenDocument("[\"\\u12G4\", \"\\u\"]", "bad-escape@1:3", "bad-escape@1:13"),
        BrokenDocument("[\"\\ud800\"]", "lone-surrogate@1:3"),
        BrokenDocument("[\"\\udc00\"]", "lone-surrogate@1:3"),
        BrokenDocument("[\"\\ud800\\u0041\"]", "lone-surrogate@1:3"),
        BrokenDocument("[\"\\ud83d\\ud83d\\ude00\"]", "lone-surrogate@1:3"),
        BrokenDocument("[1] 2", "trailing-content@1:5"),
        BrokenDocument("{}}", "trailing-content@1:3"),
        BrokenDocument("{} /* open", "unterminated-comment@1:4"),
        BrokenDocument("[1, # one\n 2]", "comment-style@1:5"),
        BrokenDocument("[1, / 2]", "unexpected-character@1:5"),
        BrokenDocument("{\n\t\"é\": 1,\r\n\t\"ü\": x\r\n}", "unknown-word@3:7"),
        BrokenDocument("{\r\"a\": x\r}", "unknown-word@2:6"),
        BrokenDocument("\u{FEFF}[x]", "unknown-word@1:2"),
        BrokenDocument("[\"👩‍🚀\", x]", "unknown-word@1:9"),
        BrokenDocument(
            "[x, 1e999, {\"a\": 1, \"a\": 2,},]",
            "unknown-word@1:2", "number-out-of-range@1:5", "duplicate-key@1:21", "trailing-comma@1:27",
            "trailing-comma@1:29"),
    ]

    @Test(arguments: broken)
    func aBrokenDocumentIsToldAtItsPlaces(_ document: BrokenDocument) {
        let (_, diagnostics) = read(document.text)
        #expect(places(diagnostics) == document.faults, "\(diagnostics.render())")
    }

    @Test func bytesThatAreNotUTF8AreToldAtTheFirst() {
        for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] {
            let (value, diagnostics) = read(Array("{\n\"ab".utf8) + bytes + Array("\": 1}".utf8))
            #expect(value == nil)
            #expect(places(diagnostics) == ["invalid-utf8@2:4"])
        }
        let utf16 = read([0xFF, 0xFE, 0x7B, 0x00])
        #expect(utf16.diagnostics.all.first?.hint?.contains("UTF-16") == true)
    }

    @Test func depthIsBounded() {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(read(deepest).diagnostics.isEmpty)
        let deep = read(String(repeating: "[", count: 100_000))
        #expect(deep.value == nil)
        #expect(places(deep.diagnostics) == ["too-deep@1:65"])
        #expect(places(read(String(repeating: "{\"a\":", count: 100_000)).diagnostics) == ["too-deep@1:321"])
    }

    @Test func sizeIsBounded() {
        let (value, diagnostics) = read([UInt8](repeating: UInt8(ascii: " "), count: JSONReader.sizeLimit + 1))
        #expect(value == nil)
        #expect(places(diagnostics) == ["too-large@1:1"])
    }

    @Test func aNumberOfAMillionDigitsIsRefused() {
        #expect(
            places(read("[" + String(repeating: "1", count: 1_000_000) + "]").diagnostics) == ["malformed-number@1:2"])
    }

    @Test func aDocumentThatIsWrongEverywhereEndsEarly() {
        let (value, diagnostics) = read("[" + String(repeating: "x,", count: 100_000) + "1]")
        #expect(value == nil)
        #expect(diagnostics.all.count == Diagnostics.limit)
    }

    @Test func valuesKeepTheirPlaces() throws {
        let value = try #require(read("// c\n{ \"a\": [1, 2.50], /* d */ \"b\": \"x\" }").value)
        let text = Array("// c\n{ \"a\": [1, 2.50], /* d */ \"b\": \"x\" }".utf8)
        func slice(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        #expect(slice(try #require(value["a"]).range) == "[1, 2.50]")
        #expect(slice(try #require(value["a"]?.array?[1]).range) == "2.50")
        #expect(slice(try #require(value.member("b")).key.range) == "\"b\"")
        #expect(slice(try #require(value["b"]).range) == "\"x\"")
        #expect(value["a"]?.array?[1].numberText == "2.50")
        #expect(value["c"] == nil)
    }

    @Test func escapesAreRead() {
        let (value, diagnostics) = read(#"["\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00é😀"]"#)
        #expect(diagnostics.isEmpty)
        #expect(value?.array?[0].string == "\"\\/\u{8}\u{C}\n\r\tAé😀é😀")
    }

    @Test func keysThatOnlyLookAlikeAreDifferent() {
        let (value, diagnostics) = read("{\"\u{E9}\": 1, \"e\u{301}\": 2}")
        #expect(diagnostics.isEmpty)
        #expect(value?["\u{E9}"]?.integer == 1)
        #expect(value?["e\u{301}"]?.integer == 2)
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min),
        ("9007199254740993", 9_007_199_254_740_993), ("3.0", 3), ("1e3", 1000), ("12.5e1", 125),
    ])
    func wholeNumbersAreExact(_ text: String, _ expected: Int) {
        #expect(read("[\(text)]").value?.array?[0].integer == expected)
    }

    @Test(arguments: ["9223372036854775808", "0.5", "1e30", "9007199254740993.0"])
    func otherNumbersAreNotTakenForWholeOnes(_ text: String) {
        #expect(read("[\(text)]").value?.array?[0].integer == nil)
        #expect(read("[\(text)]").value?.array?[0].number == Double(text))
    }

    @Test func duplicateKeysNameBothPlaces() {
        let message = read("{\"op\": 1,\n  \"op\": 2}").diagnostics.all.first?.message
        #expect(message == "the key \"op\" stands already in line 1, column 2")
    }

    @Test func pointersLeadToTheFault() {
        let (_, diagnostics) = read("{\"steps\": [{}, {\"a/b~\": [1, x]}]}")
        #expect(diagnostics.all.map(\.pointer) == ["/steps/1/a~1b~0/1"])
    }
}
