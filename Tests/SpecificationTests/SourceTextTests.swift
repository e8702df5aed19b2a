import Specification
import Testing

@Suite("A place in a text is told as people and editors call it")
struct SourceTextTests {
    static func place(_ text: String, _ offset: Int) -> [Int] {
        let position = SourceText(file: "f", text: text).position(at: offset)
        return [position.line, position.column]
    }

    @Test func linesEndInThreeWays() {
        #expect(Self.place("ab\ncd", 3) == [2, 1])
        #expect(Self.place("ab\r\ncd", 5) == [2, 2])
        #expect(Self.place("ab\rcd", 3) == [2, 1])
        #expect(Self.place("ab\n\n\ncd", 4) == [3, 1])
        #expect(Self.place("ab\n", 3) == [2, 1])
        #expect(Self.place("ab\r\n", 3) == [1, 4])
        #expect(Self.place("", 0) == [1, 1])
    }

    @Test func columnsAreCodePoints() {
        #expect(Self.place("äöü x", 7) == [1, 5])
        #expect(Self.place("😀x", 4) == [1, 2])
        #expect(Self.place("äx", 1) == [1, 1], "inside a character counts as its beginning")
    }

    @Test func aByteOrderMarkIsPartOfNoColumn() {
        #expect(Self.place("\u{FEFF}ab", 3) == [1, 1])
        #expect(Self.place("\u{FEFF}ab", 0) == [1, 1])
        #expect(Self.place("\u{FEFF}ab", 4) == [1, 2])
    }

    @Test func anOffsetOutsideCountsAsTheNearestEnd() {
        #expect(Self.place("ab", -5) == [1, 1])
        #expect(Self.place("ab", 99) == [1, 3])
    }

    @Test func placesAgreeWithCountingOneByOne() {
        var generator = SeededGenerator(seed: 7)
        let pieces = ["a", "ä", "€", "😀", "\n", "\t", " ", "xyz"]
        let text = (0..<3000).map { _ in pieces.randomElement(using: &generator)! }.joined()
        let source = SourceText(file: "f", text: text)
        var (line, column, offset) = (1, 1, 0)
        for scalar in text.unicodeScalars {
            let position = source.position(at: offset)
            guard position.line == line, position.column == column else {
                Issue.record("at \(offset): \(position) instead of \(line):\(column)")
                return
            }
            offset += UTF8.width(scalar)
            if scalar == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
        }
    }
}

@Suite("The line of a fault is shown with marks beneath it")
struct DiagnosticRenderingTests {
    /// The two lines of the excerpt.
    static func excerpt(_ text: String, _ range: Range<Int>) -> [String] {
        excerpt(Array(text.utf8), range)
    }

    static func excerpt(_ bytes: [UInt8], _ range: Range<Int>) -> [String] {
        var diagnostics = Diagnostics(source: SourceText(file: "f", bytes: bytes))
        diagnostics.error(at: range, rule: "r", message: "m")
        return diagnostics.render().split(separator: "\n").dropFirst().map { String($0.dropFirst(4)) }
    }

    @Test func tabsAreSpaces() {
        #expect(Self.excerpt("\t\"a\": x", 6..<7) == ["    \"a\": x", "         ^"])
        #expect(Self.excerpt("ab\tx", 3..<4) == ["ab  x", "    ^"])
    }

    @Test func wideAndCombiningCharactersAreAligned() {
        #expect(Self.excerpt("漢字 x", 7..<8) == ["漢字 x", "     ^"])
        #expect(Self.excerpt("e\u{301}x", 3..<4) == ["e\u{301}x", " ^"])
        #expect(Self.excerpt("\"漢\" x", 0..<5) == ["\"漢\" x", "^~~~"])
    }

    @Test func whatWouldMoveTheCursorIsEscaped() {
        #expect(Self.excerpt("\u{1B}[31mx", 5..<6) == ["\\u{1B}[31mx", String(repeating: " ", count: 10) + "^"])
        #expect(Self.excerpt("a\u{202E}x", 4..<5) == ["a\\u{202E}x", String(repeating: " ", count: 9) + "^"])
        #expect(Self.excerpt([0x61, 0xFF, 0x62], 1..<2) == ["a\\xFFb", " ^~~~"])
    }

    @Test func aLongLineIsCutAroundTheFault() {
        let text = String(repeating: "a", count: 5000) + "X" + String(repeating: "b", count: 5000)
        let lines = Self.excerpt(text, 5000..<5001)
        #expect(lines[0].unicodeScalars.count <= 104)
        #expect(lines[0].hasPrefix("… a") && lines[0].hasSuffix("b …"))
        let column = lines[1].count - 1
        #expect(Array(lines[0])[column] == "X")
    }

    @Test func marksEndWithTheWindow() {
        let lines = Self.excerpt(String(repeating: "a", count: 500), 10..<400)
        #expect(lines[1].count <= lines[0].count)
        #expect(lines[1].hasPrefix(String(repeating: " ", count: 10) + "^~~"))
    }

    @Test func faultsAtTheEndAndOnSeveralLines() {
        #expect(Self.excerpt("ab", 2..<2) == ["ab", "  ^"])
        #expect(Self.excerpt("[1,\n2]", 0..<6) == ["[1,", "^~~"])
        #expect(Self.excerpt("ab\r\n", 2..<3) == ["ab", "  ^"])
        #expect(Self.excerpt("\u{FEFF}ab", 3..<4) == ["ab", "^"])
    }

    @Test func coloursAreWrittenOnlyWhenAsked() {
        var diagnostics = Diagnostics(source: SourceText(file: "f", text: "x"))
        diagnostics.error(at: 0..<1, rule: "r", message: "m", hint: "h")
        diagnostics.warning(at: 0..<1, rule: "r", message: "m")
        #expect(!diagnostics.render(color: false).contains("\u{1B}"))
        #expect(diagnostics.render(color: true).contains("\u{1B}[1;31merror:\u{1B}[0m"))
        #expect(
            diagnostics.render() == """
                f:1:1: error: m
                    x
                    ^
                  hint: h
                f:1:1: warning: m
                    x
                    ^

                """)
    }

    @Test func aMessageCannotCarryControlCharactersIntoTheTerminal() {
        let (_, diagnostics) = read("{\"\u{1B}[2J\\u001b\": 1, \"\\u001b[2J\": 2, \"\\u001b[2J\": 3}")
        #expect(!diagnostics.isEmpty)
        #expect(!diagnostics.render().contains("\u{1B}"))
        let named = Diagnostics(source: SourceText(file: "a\u{1B}[2J\nb", text: ""))
        var copy = named
        copy.error(at: 0..<0, rule: "r", message: "m")
        #expect(!copy.render().contains("\u{1B}"))
    }

    @Test func aReportIsBounded() {
        var diagnostics = Diagnostics(source: SourceText(file: "f", text: "x"))
        for _ in 0..<Diagnostics.limit + 5 { diagnostics.error(at: 0..<1, rule: "r", message: "m") }
        #expect(diagnostics.errorCount == Diagnostics.limit + 5)
        #expect(diagnostics.render().hasSuffix("f: only the first \(Diagnostics.limit) are shown\n"))
    }

    @Test func diagnosticsComeInTheOrderOfTheDocument() {
        var diagnostics = Diagnostics(source: SourceText(file: "f", text: "abc"))
        for (offset, message) in [(2, "third"), (0, "first"), (0, "second")] {
            diagnostics.error(at: offset..<offset, rule: "r", message: message)
        }
        #expect(diagnostics.all.map(\.message) == ["first", "second", "third"])
    }

    @Test func programsGetJSONAndSARIF() throws {
        var diagnostics = Diagnostics(source: SourceText(file: "a b/ü.json", text: "{\n  \"é\": 0\n}"))
        diagnostics.error(
            at: 10..<11, rule: "out-of-range", message: "é is 0", hint: "give more", pointer: "/é",
            context: "step 1 (x)")
        diagnostics.warning(at: 0..<1, rule: "unused", message: "u")
        let list = try #require(read(diagnostics.renderJSON()).value?.array)
        #expect(list.map { $0["rule"]?.string } == ["unused", "out-of-range"])
        let second = list[1]
        #expect(second["line"]?.integer == 2 && second["column"]?.integer == 8)
        #expect(second["endColumn"]?.integer == 9 && second["offset"]?.integer == 10)
        #expect(second["step"]?.string == "step 1 (x)" && second["hint"]?.string == "give more")
        #expect(list[0]["hint"] == nil)

        let run = try #require(read(diagnostics.renderSARIF(toolVersion: "1.0")).value?["runs"]?.array?.first)
        #expect(run["tool"]?["driver"]?["rules"]?.array?.count == 2)
        let result = try #require(run["results"]?.array?.last)
        #expect(result["message"]?["text"]?.string == "step 1 (x): é is 0\nHint: give more")
        let place = try #require(result["locations"]?.array?.first?["physicalLocation"])
        #expect(place["artifactLocation"]?["uri"]?.string == "a%20b/%C3%BC.json")
        #expect(place["region"]?["startColumn"]?.integer == 8)
    }
}
