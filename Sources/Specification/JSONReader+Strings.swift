extension JSONParser {
    /// Reads a string from its opening quotation mark to its closing one.
    ///
    /// `text` is nil where a fault in it was recorded. A string that its line does not close ends with the line.
    mutating func string() throws(JSONStructureLost) -> (text: String?, isClosed: Bool) {
        let start = offset
        let quote = current
        if quote != UInt8(ascii: "\"") {
            report(
                "single-quotes", at: start..<start + 1, "texts stand in double quotes",
                hint: "write \" in the place of '")
        }
        offset += 1
        var content: [UInt8] = []
        var isGood = true
        var runStart = offset
        while true {
            guard offset < bytes.count else {
                throw lost(
                    "unterminated-string", at: start..<start + 1, "this text is never closed by a quotation mark",
                    hint: "close it with a quotation mark")
            }
            switch bytes[offset] {
            case quote:
                content += bytes[runStart..<offset]
                offset += 1
                return (isGood ? String(decoding: content, as: UTF8.self) : nil, true)
            case UInt8(ascii: "\\"):
                content += bytes[runStart..<offset]
                if let scalar = escape() {
                    content += UTF8.encode(scalar)!
                } else {
                    isGood = false
                }
                runStart = offset
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                report(
                    "unterminated-string", at: start..<offset, "this text is not closed on its line",
                    hint: "close it with a quotation mark; a line break in a text is written \\n")
                return (nil, false)
            case let byte where byte < 0x20:
                report(
                    "control-character", at: offset..<offset + 1,
                    "a control character (0x\(hexadecimal(UInt32(byte), digits: 2))) stands in a text",
                    hint: "write \(escapeSequence(for: byte))")
                isGood = false
                offset += 1
            default:
                offset += 1
            }
        }
    }

    /// Reads an escape sequence from its backslash on; nil where it is faulty, which is recorded.
    private mutating func escape() -> Unicode.Scalar? {
        let start = offset
        offset += 1
        guard offset < bytes.count else { return nil }
        let letter = bytes[offset]
        if letter == UInt8(ascii: "u") {
            offset += 1
            return unicodeEscape(start)
        }
        // A line break or a closing quotation mark is left for the caller to see.
        guard letter >= 0x20 else {
            report("bad-escape", at: start..<start + 1, "nothing follows this backslash", hint: "write \\\\")
            return nil
        }
        let length = characterLength(at: offset)
        offset += length
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        default:
            let text = String(decoding: bytes[start..<offset], as: UTF8.self)
            report(
                "bad-escape", at: start..<offset, "\(quoted(text)) is no escape sequence",
                hint: "a backslash itself is written \\\\")
            return nil
        }
    }

    private mutating func unicodeEscape(_ start: Int) -> Unicode.Scalar? {
        guard let first = fourDigits() else {
            report(
                "bad-escape", at: start..<offset, "four hexadecimal digits must follow \\u",
                hint: "such as \\u00e9; or write the character itself")
            return nil
        }
        if let scalar = Unicode.Scalar(first) { return scalar }
        let isHigh = first < 0xDC00
        if isHigh, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
        {
            let secondStart = offset
            offset += 2
            if let second = fourDigits(), (0xDC00...0xDFFF).contains(second) {
                return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            }
            offset = secondStart
        }
        report(
            "lone-surrogate", at: start..<offset,
            "\\u\(hexadecimal(first, digits: 4)) is half of a pair whose \(isHigh ? "second" : "first") half is missing",
            hint: "write the character itself, or both halves")
        return nil
    }

    /// Passes up to four hexadecimal digits; nil when there are fewer.
    private mutating func fourDigits() -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard offset < bytes.count, let digit = hexadecimalValue(bytes[offset]) else { return nil }
            value = value << 4 | digit
            offset += 1
        }
        return value
    }
}

/// The value of a hexadecimal digit.
func hexadecimalValue(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}

/// How JSON writes a control character in a string.
func escapeSequence(for byte: UInt8) -> String {
    switch byte {
    case 0x08: "\\b"
    case 0x09: "\\t"
    case 0x0A: "\\n"
    case 0x0C: "\\f"
    case 0x0D: "\\r"
    default: "\\u\(hexadecimal(UInt32(byte), digits: 4))"
    }
}
