import Foundation
import Specification
import Testing

@Suite("What is written can be read, and what is random breaks nothing")
struct JSONPropertyTests {
    static let texts = [
        "", "a", "\"", "\\", "/", "\n\t\r\u{8}\u{C}", "\u{0}\u{1F}\u{7F}\u{85}", "é€😀", "\u{2028}\u{2029}", "x-y",
        "a.b", "👩‍🚀", "a\u{FEFF}", "\u{FFFF}",
    ]

    static func node(_ depth: Int, _ generator: inout SeededGenerator) -> JSONNode {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2:
            let bits = UInt64.random(in: 0...UInt64.max, using: &generator)
            return .integer(Int(truncatingIfNeeded: bits) >> Int.random(in: 0..<64, using: &generator))
        case 3:
            let value = Double(bitPattern: generator.next())
            return .number(value.isFinite ? value : 0.1)
        case 4: return .number(Double(Int.random(in: -10000...10000, using: &generator)) / 8)
        case 5: return .string(texts.randomElement(using: &generator)! + texts.randomElement(using: &generator)!)
        case 6:
            let count = Int.random(in: 0...5, using: &generator)
            return .array((0..<count).map { _ in node(depth - 1, &generator) })
        default:
            let count = Int.random(in: 0...5, using: &generator)
            return .object(
                (0..<count).map { index in
                    (texts.randomElement(using: &generator)! + String(index), node(depth - 1, &generator))
                })
        }
    }

    /// Whether a value read is what was written; numbers by their value.
    static func isSame(_ value: JSONValue, _ node: JSONNode) -> Bool {
        switch (value.content, node) {
        case (.null, .null): true
        case (.bool(let first), .bool(let second)): first == second
        case (.number, .integer(let second)): value.integer == second
        case (.number(let first, _), .number(let second)): first == second && first.sign == second.sign
        case (.string(let first), .string(let second)): first.utf8.elementsEqual(second.utf8)
        case (.array(let first), .array(let second)):
            first.count == second.count && zip(first, second).allSatisfy(isSame)
        case (.object(let first), .object(let second)):
            first.count == second.count
                && zip(first, second).allSatisfy {
                    $0.key.text.utf8.elementsEqual($1.key.utf8) && isSame($0.value, $1.value)
                }
        default: false
        }
    }

    /// Whether two readers found the same. Foundation takes some numbers through a decimal type, whose conversion to
    /// Double can be off in the last places; exactness is tested with `strtod`.
    static func isSame(_ value: JSONValue, _ other: Any) -> Bool {
        switch value.content {
        case .null: return other is NSNull
        case .bool(let bool): return other as? Bool == bool
        case .number(let number, _):
            guard let found = (other as? NSNumber)?.doubleValue else { return false }
            return abs(found - number) <= 1e-14 * abs(number)
        case .string(let text): return (other as? String).map { $0.utf8.elementsEqual(text.utf8) } ?? false
        case .array(let values):
            guard let others = other as? [Any], others.count == values.count else { return false }
            return zip(values, others).allSatisfy { isSame($0, $1) }
        case .object(let members):
            guard let others = other as? [String: Any], others.count == members.count else { return false }
            return members.allSatisfy { member in others[member.key.text].map { isSame(member.value, $0) } ?? false }
        case .invalid: return false
        }
    }

    @Test(arguments: [JSONWriter.Style.compact, .pretty])
    func randomValuesSurviveWritingAndReading(_ style: JSONWriter.Style) throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<400 {
            let node = Self.node(5, &generator)
            let text = JSONWriter.text(node, style: style)
            let (value, diagnostics) = read(text)
            try #require(diagnostics.isEmpty, "\(diagnostics.render())")
            try #require(value.map { Self.isSame($0, node) } == true, "\(text)")
            let again = try #require(value.map { JSONWriter.text(JSONNode($0), style: style) })
            try #require(again == text)
            let other = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            try #require(value.map { Self.isSame($0, other) } == true, "\(text)")
        }
    }

    @Test func numbersAreTheNearestDoubles() throws {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<2000 {
            let digits = (0..<Int.random(in: 1...30, using: &generator))
                .map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
            let text =
                "\(Int.random(in: 1...9, using: &generator)).\(digits)e\(Int.random(in: -300...300, using: &generator))"
            try #require(read(text).value?.number == strtod(text, nil), "\(text)")
        }
    }

    /// Documents that are damaged a little: what this reader takes, an independent one takes too, and reads the same.
    @Test func theReaderTakesNothingThatAnotherRefuses() throws {
        var generator = SeededGenerator(seed: 2)
        let marks = Array("{}[],:\"\\ \n0123456789.eE+-truefalsn'".utf8)
        var acceptedCount = 0
        for _ in 0..<4000 {
            var bytes = Array(JSONWriter.text(Self.node(3, &generator)).utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0...bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes.insert(marks.randomElement(using: &generator)!, at: index)
                case 1: if index < bytes.count { bytes.remove(at: index) }
                default: if index < bytes.count { bytes[index] = marks.randomElement(using: &generator)! }
                }
            }
            // Foundation drops a byte order mark at the start of a text.
            if String(decoding: bytes, as: UTF8.self).contains("\"\u{FEFF}") { continue }
            let (value, diagnostics) = read(bytes)
            let other = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            if diagnostics.isEmpty {
                acceptedCount += 1
                let value = try #require(value)
                let found = try #require(other, "\(String(decoding: bytes, as: UTF8.self))")
                try #require(Self.isSame(value, found), "\(String(decoding: bytes, as: UTF8.self))")
            } else if other != nil {
                let ours = ["duplicate-key", "number-out-of-range"]
                try #require(
                    diagnostics.all.contains { ours.contains($0.rule) }, "\(diagnostics.render())")
            }
        }
        #expect(acceptedCount > 400)
    }

    @Test func randomBytesBreakNothing() throws {
        var generator = SeededGenerator(seed: 3)
        let tokens = [
            "{", "}", "[", "]", ",", ":", "\"", "'", "\\", "\\u", "\\ud83d", "//", "/*", "*/", "#", "\n", "\r", "\t",
            " ",
            "1", "-", "0.5", "1e999", "true", "nul", "\"a\"", "\"op\":", "é", "\u{0}", "\u{FEFF}",
        ].map { Array($0.utf8) }
        for round in 0..<6000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...30, using: &generator) {
                if round.isMultiple(of: 3) {
                    bytes.append(UInt8.random(in: 0...255, using: &generator))
                } else {
                    bytes += tokens.randomElement(using: &generator)!
                }
            }
            let (value, diagnostics) = read(bytes)
            try #require(value != nil || diagnostics.hasErrors)
            for diagnostic in diagnostics.all {
                try #require(diagnostic.range.lowerBound >= 0 && diagnostic.range.upperBound <= bytes.count)
            }
            _ = diagnostics.render(color: true)
            try #require(read(diagnostics.renderJSON()).diagnostics.isEmpty)
            if let value { try #require(diagnostics.hasErrors || read(JSONWriter.text(JSONNode(value))).value != nil) }
        }
    }
}

@Suite("JSON is written the same way every time")
struct JSONWriterTests {
    @Test func textsAreEscaped() {
        #expect(JSONWriter.quoted("a\"\\\n\u{0}\u{7F}\u{2028}é😀/") == #""a\"\\\n\u0000\u007F\u2028é😀/""#)
    }

    @Test func numbersAreShort() {
        let nodes: JSONNode = [0.1, 1.0, -0.0, 1e300, 2.5e-300, 100_000, 1e15, .number(.nan), .number(-.infinity)]
        #expect(JSONWriter.text(nodes) == "[0.1,1,-0.0,1e+300,2.5e-300,100000,1000000000000000,null,null]")
    }

    @Test func smallListsAndObjectsStandOnOneLine() {
        let node: JSONNode = [
            "version": 1,
            "steps": [["op": "decode"], ["op": "convolve", "kernel": [[1, 2], [3, 4]]]],
            "empty": [:], "none": [],
            "long": .array((0..<40).map { .integer($0 * 100) }),
        ]
        let text = JSONWriter.text(node, style: .pretty)
        #expect(
            text.hasPrefix(
                """
                {
                  "version": 1,
                  "steps": [
                    { "op": "decode" },
                    { "op": "convolve", "kernel": [[1, 2], [3, 4]] }
                  ],
                  "empty": {},
                  "none": [],
                  "long": [
                    0,
                    100,
                """))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
}
