/// Reads JSON with comments (`//` and `/* */`), keeping the place of every value and telling every fault it can find.
///
/// - Bounds: ``sizeLimit`` bytes, ``depthLimit`` levels, ``numberLengthLimit`` digits.
/// - Refused, each with its own rule: trailing commas, duplicate keys, control characters in strings, lone surrogates,
///   leading zeros, NaN and Infinity, numbers beyond Double, bytes that are not UTF-8, anything left open.
/// - A byte order mark at the start is skipped.
public enum JSONReader {
    public static let sizeLimit = 4 << 20
    public static let depthLimit = 64
    /// Longer numbers carry no more information; the exact decimal form of any Double has fewer digits.
    public static let numberLengthLimit = 1200

    /// The document's value, with ``JSONValue/Content/invalid`` in the places of values that could not be read; nil
    /// where so little of the structure could be made out that nothing is gained by looking further. Every nil and
    /// every invalid value has an error in `diagnostics`.
    public static func read(_ source: SourceText, into diagnostics: inout Diagnostics) -> JSONValue? {
        guard source.bytes.count <= sizeLimit else {
            diagnostics.error(
                at: 0..<0, rule: "too-large",
                message: "the document has \(source.bytes.count) bytes; allowed are \(sizeLimit)",
                hint: "a pipeline or configuration has some kilobytes; check that this is the file you mean")
            return nil
        }
        if let offset = UTF8Decoding.firstInvalidOffset(in: source.bytes) {
            diagnostics.error(
                at: offset..<offset + 1, rule: "invalid-utf8",
                message: "the byte 0x\(hexadecimal(UInt32(source.bytes[offset]), digits: 2)) is not UTF-8",
                hint: looksLikeUTF16(source.bytes)
                    ? "the document looks like UTF-16; save it as UTF-8" : "save the document as UTF-8")
            return nil
        }
        var parser = JSONParser(source: source, diagnostics: diagnostics)
        let value = try? parser.document()
        diagnostics = parser.diagnostics
        return value
    }

    private static func looksLikeUTF16(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    }
}

/// The structure is lost; an error has been recorded.
struct JSONStructureLost: Error {}

/// Recursive descent over the bytes; the depth limit bounds the recursion.
struct JSONParser {
    let source: SourceText
    let bytes: [UInt8]
    var diagnostics: Diagnostics
    var offset: Int
    var path: [PathComponent] = []
    /// The text before ended with its line instead of a quotation mark, and may have swallowed the comma.
    var hasSwallowedComma = false

    enum PathComponent {
        case key(String)
        case index(Int)
    }

    init(source: SourceText, diagnostics: Diagnostics) {
        self.source = source
        bytes = source.bytes
        self.diagnostics = diagnostics
        offset = source.byteOrderMarkLength
    }

    mutating func document() throws(JSONStructureLost) -> JSONValue {
        try skipBlank()
        guard offset < bytes.count else {
            throw lost("empty-document", at: offset..<offset, "the document is empty", hint: "write an object: { … }")
        }
        let result = try value()
        try skipBlank()
        if offset < bytes.count {
            let closes = current == UInt8(ascii: "}") || current == UInt8(ascii: "]")
            report(
                "trailing-content", at: offset..<offset + characterLength(at: offset),
                closes ? "\(quotedCharacter) closes nothing" : "something follows the end of the document",
                hint: closes ? "remove it, or open it before" : "a document is one value; remove the rest")
        }
        return result
    }

    // MARK: Values

    private mutating func value() throws(JSONStructureLost) -> JSONValue {
        guard offset < bytes.count else {
            throw lost(
                "unexpected-end", at: offset..<offset, "the document ends where a value should be",
                hint: "write the value and close what is open")
        }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let start = offset
            let text = try string()
            hasSwallowedComma = !text.isClosed
            return JSONValue(text.text.map { .string($0) } ?? .invalid, range: start..<offset)
        case let byte where isWordByte(byte): return word()
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"):
            let here = offset..<offset + 1
            report(
                "missing-value", at: here, "a value is missing before \(quotedCharacter)",
                hint: "write the value, or remove what announces it")
            if current == UInt8(ascii: ":") { throw JSONStructureLost() }
            return JSONValue(.invalid, range: offset..<offset)
        default:
            throw lost(
                "unexpected-character", at: offset..<offset + characterLength(at: offset),
                "\(quotedCharacter) begins no JSON value",
                hint: "values are texts in double quotes, numbers, true, false, null, lists […] and objects {…}")
        }
    }

    private mutating func object() throws(JSONStructureLost) -> JSONValue {
        let start = offset
        try enter(start)
        defer { path.removeLast() }
        offset += 1
        var members: [JSONMember] = []
        var seen: [[UInt8]: Int] = [:]
        var comma: Int?
        while true {
            try skipBlank()
            guard offset < bytes.count else { throw unclosed("unterminated-object", "{", opened: start) }
            if current == UInt8(ascii: "}") {
                reportTrailing(comma)
                break
            }
            if current == UInt8(ascii: "]") { throw mismatched("{", opened: start, by: "]", closes: "}") }
            if current == UInt8(ascii: ",") {
                try skipExtraComma()
                comma = nil
                continue
            }
            comma = nil
            let key = try key()
            path[path.count - 1] = .key(key.text)
            if let earlier = seen.updateValue(key.range.lowerBound, forKey: Array(key.text.utf8)) {
                let position = source.position(at: earlier)
                report(
                    "duplicate-key", at: key.range,
                    "the key \(quoted(key.text)) stands already in line \(position.line), column \(position.column)",
                    hint: "keep one of the two")
                seen[Array(key.text.utf8)] = earlier
            }
            try colon(after: key)
            try skipBlank()
            let value = try value()
            if members.count < seen.count { members.append(JSONMember(key: key, value: value)) }
            comma = try separator(closing: UInt8(ascii: "}"))
        }
        offset += 1
        return JSONValue(.object(members), range: start..<offset)
    }

    private mutating func array() throws(JSONStructureLost) -> JSONValue {
        let start = offset
        try enter(start)
        defer { path.removeLast() }
        offset += 1
        var values: [JSONValue] = []
        var comma: Int?
        while true {
            try skipBlank()
            guard offset < bytes.count else { throw unclosed("unterminated-array", "[", opened: start) }
            if current == UInt8(ascii: "]") {
                reportTrailing(comma)
                break
            }
            if current == UInt8(ascii: "}") { throw mismatched("[", opened: start, by: "}", closes: "]") }
            if current == UInt8(ascii: ",") {
                try skipExtraComma()
                comma = nil
                continue
            }
            path[path.count - 1] = .index(values.count)
            values.append(try value())
            comma = try separator(closing: UInt8(ascii: "]"))
        }
        offset += 1
        return JSONValue(.array(values), range: start..<offset)
    }

    private mutating func enter(_ start: Int) throws(JSONStructureLost) {
        guard path.count < JSONReader.depthLimit else {
            throw lost(
                "too-deep", at: start..<start + 1,
                "the document is nested more than \(JSONReader.depthLimit) levels deep",
                hint: "a pipeline needs few levels; look for a bracket that is opened again and again")
        }
        path.append(.index(0))
    }

    /// Passes the comma after a value and returns its place; nil before the closing bracket.
    private mutating func separator(closing: UInt8) throws(JSONStructureLost) -> Int? {
        try giveUpWhenFull()
        let end = offset
        try skipBlank()
        guard offset < bytes.count else { return nil }
        if hasSwallowedComma {
            hasSwallowedComma = false
            switch current {
            case UInt8(ascii: "\""), UInt8(ascii: "]"), UInt8(ascii: "}"): return nil
            case UInt8(ascii: ","): break
            default: throw JSONStructureLost()
            }
        }
        switch current {
        case UInt8(ascii: ","):
            offset += 1
            return offset - 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            return nil
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "{"), UInt8(ascii: "["):
            report("missing-comma", at: end..<end, "a comma is missing after this value", hint: "write a comma here")
            return nil
        case let byte where isWordByte(byte):
            report("missing-comma", at: end..<end, "a comma is missing after this value", hint: "write a comma here")
            return nil
        default:
            let close = String(Unicode.Scalar(closing))
            throw lost(
                "unexpected-character", at: offset..<offset + characterLength(at: offset),
                "\(quotedCharacter) stands where a comma or \(quoted(close)) should be",
                hint: current == UInt8(ascii: ";")
                    ? "values are separated by commas"
                    : "put a comma between two values, \(quoted(close)) after the last")
        }
    }

    private mutating func skipExtraComma() throws(JSONStructureLost) {
        report("extra-comma", at: offset..<offset + 1, "nothing stands before this comma", hint: "remove it")
        offset += 1
        try giveUpWhenFull()
    }

    private mutating func key() throws(JSONStructureLost) -> JSONKey {
        let start = offset
        if current == UInt8(ascii: "\"") || current == UInt8(ascii: "'") {
            let result = try string()
            guard result.isClosed else { throw JSONStructureLost() }
            return JSONKey(text: result.text ?? "", range: start..<offset)
        }
        guard isWordByte(current) else {
            throw lost(
                "unexpected-character", at: offset..<offset + characterLength(at: offset),
                "\(quotedCharacter) stands where a key in double quotes should be",
                hint: "an object is written { \"key\": value, … }")
        }
        while offset < bytes.count, isWordByte(bytes[offset]) { offset += 1 }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        report("unquoted-key", at: start..<offset, "keys stand in double quotes", hint: "write \(quoted(text))")
        return JSONKey(text: text, range: start..<offset)
    }

    private mutating func colon(after key: JSONKey) throws(JSONStructureLost) {
        try skipBlank()
        guard offset < bytes.count else {
            throw lost(
                "unexpected-end", at: offset..<offset, "the document ends after the key \(quoted(key.text))",
                hint: "write a colon and a value, and close what is open")
        }
        if current == UInt8(ascii: ":") {
            offset += 1
            return
        }
        if current == UInt8(ascii: "=") {
            report(
                "missing-colon", at: offset..<offset + 1, "a key is followed by a colon, not by \"=\"",
                hint: "write \(quoted(key.text)): …")
            offset += 1
            return
        }
        report(
            "missing-colon", at: key.range.upperBound..<key.range.upperBound,
            "a colon is missing after the key \(quoted(key.text))", hint: "write \(quoted(key.text)): …")
        guard current != UInt8(ascii: ","), current != UInt8(ascii: "}"), current != UInt8(ascii: "]") else {
            throw JSONStructureLost()
        }
    }

    // MARK: Blank space and comments

    private mutating func skipBlank() throws(JSONStructureLost) {
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                offset += 1
            case UInt8(ascii: "/") where offset + 1 < bytes.count && bytes[offset + 1] == UInt8(ascii: "/"):
                skipLine()
            case UInt8(ascii: "/") where offset + 1 < bytes.count && bytes[offset + 1] == UInt8(ascii: "*"):
                try skipBlockComment()
            case UInt8(ascii: "#"):
                report(
                    "comment-style", at: offset..<offset + 1, "\"#\" begins no comment here",
                    hint: "comments are written // … or /* … */")
                skipLine()
            default:
                return
            }
        }
    }

    private mutating func skipLine() {
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n"), bytes[offset] != UInt8(ascii: "\r") {
            offset += 1
        }
    }

    private mutating func skipBlockComment() throws(JSONStructureLost) {
        let start = offset
        offset += 2
        while offset + 1 < bytes.count {
            if bytes[offset] == UInt8(ascii: "*"), bytes[offset + 1] == UInt8(ascii: "/") {
                offset += 2
                return
            }
            offset += 1
        }
        offset = bytes.count
        throw lost(
            "unterminated-comment", at: start..<start + 2, "this comment is not closed by */",
            hint: "end it with */")
    }

    // MARK: Recording faults

    var current: UInt8 { bytes[offset] }

    /// The character at the offset in double quotes.
    private var quotedCharacter: String {
        let length = characterLength(at: offset)
        return quoted(String(decoding: bytes[offset..<offset + length], as: UTF8.self))
    }

    func characterLength(at offset: Int) -> Int {
        guard offset < bytes.count else { return 0 }
        return UTF8Decoding.scalar(in: bytes, at: offset, end: bytes.count)?.length ?? 1
    }

    mutating func report(_ rule: String, at range: Range<Int>, _ message: String, hint: String) {
        diagnostics.error(at: range, rule: rule, message: message, hint: hint, pointer: pointer)
    }

    mutating func lost(
        _ rule: String, at range: Range<Int>, _ message: String, hint: String
    ) -> JSONStructureLost {
        report(rule, at: range, message, hint: hint)
        return JSONStructureLost()
    }

    /// A document that is wrong in so many places is not read to its end.
    private mutating func giveUpWhenFull() throws(JSONStructureLost) {
        guard diagnostics.isFull else { return }
        throw lost(
            "too-many-errors", at: offset..<offset, "there are too many errors to go on",
            hint: "mend the ones above first")
    }

    private mutating func reportTrailing(_ comma: Int?) {
        guard let comma else { return }
        report(
            "trailing-comma", at: comma..<comma + 1, "nothing follows this comma",
            hint: "JSON has no comma after the last value; remove it")
    }

    private mutating func unclosed(_ rule: String, _ bracket: String, opened: Int) -> JSONStructureLost {
        lost(
            rule, at: opened..<opened + 1, "this \(quoted(bracket)) is never closed",
            hint: "close it with \(quoted(bracket == "{" ? "}" : "]"))")
    }

    private mutating func mismatched(
        _ bracket: String, opened: Int, by other: String, closes: String
    ) -> JSONStructureLost {
        let position = source.position(at: opened)
        return lost(
            "mismatched-bracket", at: offset..<offset + 1,
            "\(quoted(bracket)) from line \(position.line), column \(position.column) is closed by \(quoted(other))",
            hint: "a \(quoted(closes)) is missing, or this one is the wrong one")
    }

    private var pointer: String {
        path.reduce("") { parent, component in
            switch component {
            case .key(let key): jsonPointer(parent, key)
            case .index(let index): "\(parent)/\(index)"
            }
        }
    }
}

/// Bytes of which numbers and bare words consist, and what people write in their place.
func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"),
        UInt8(ascii: "."), UInt8(ascii: "$"), 0x80...:
        true
    default: false
    }
}
