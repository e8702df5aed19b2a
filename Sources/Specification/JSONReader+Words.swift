extension JSONParser {
    /// A number, `true`, `false`, `null`, or what somebody wrote in their place.
    mutating func word() -> JSONValue {
        let start = offset
        while offset < bytes.count, isWordByte(bytes[offset]) { offset += 1 }
        let range = start..<offset
        guard offset - start <= JSONReader.numberLengthLimit else {
            report(
                "malformed-number", at: range, "this number or word has \(offset - start) characters",
                hint: "no number needs more than \(JSONReader.numberLengthLimit); a text stands in double quotes")
            return JSONValue(.invalid, range: range)
        }
        let text = String(decoding: bytes[range], as: UTF8.self)
        switch text {
        case "true": return JSONValue(.bool(true), range: range)
        case "false": return JSONValue(.bool(false), range: range)
        case "null": return JSONValue(.null, range: range)
        default: break
        }
        if let fault = NumberFault(in: bytes[range]) {
            report(
                fault == .noNumber ? "unknown-word" : "malformed-number", at: range, fault.message(text),
                hint: fault.hint(text))
            return JSONValue(.invalid, range: range)
        }
        let value = Double(text) ?? .infinity
        let isLost =
            value == 0 && bytes[range].prefix { $0 | 0x20 != UInt8(ascii: "e") }.contains { (0x31...0x39).contains($0) }
        guard value.isFinite, !isLost else {
            report(
                "number-out-of-range", at: range,
                "\(text.prefix(40)) is \(isLost ? "too small" : "too large") a number",
                hint: isLost ? "write 0" : "the largest number is about 1.8e308")
            return JSONValue(.invalid, range: range)
        }
        return JSONValue(.number(value, text: text), range: range)
    }
}

/// What keeps a word from being a JSON number.
private enum NumberFault {
    case noNumber, plusSign, leadingZero, noDigitBeforePoint, noDigitAfterPoint, noExponent, hexadecimal, notFinite
    case trailing

    /// Nil for a number by the grammar of RFC 8259.
    init?(in word: ArraySlice<UInt8>) {
        var rest = word
        if rest.first == UInt8(ascii: "+") {
            self = rest.dropFirst().first.map(isDigit) == true ? .plusSign : .noNumber
            return
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        switch String(decoding: rest, as: UTF8.self).lowercased() {
        case "nan", "infinity", "inf":
            self = .notFinite
            return
        default: break
        }
        if rest.first == UInt8(ascii: "."), rest.dropFirst().first.map(isDigit) == true {
            self = .noDigitBeforePoint
            return
        }
        guard let first = rest.first, isDigit(first) else {
            self = .noNumber
            return
        }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        if first == UInt8(ascii: "0"), let second = rest.first, second | 0x20 == UInt8(ascii: "x") {
            self = .hexadecimal
            return
        }
        if first == UInt8(ascii: "0"), whole.count > 1 {
            self = .leadingZero
            return
        }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let digits = rest.prefix(while: isDigit)
            guard !digits.isEmpty else {
                self = .noDigitAfterPoint
                return
            }
            rest = rest.dropFirst(digits.count)
        }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            let digits = rest.prefix(while: isDigit)
            guard !digits.isEmpty else {
                self = .noExponent
                return
            }
            rest = rest.dropFirst(digits.count)
        }
        guard rest.isEmpty else {
            self = .trailing
            return
        }
        return nil
    }

    func message(_ text: String) -> String {
        let text = quoted(text, limit: 40)
        return switch self {
        case .noNumber: "\(text) is no JSON value"
        case .plusSign: "a number has no plus sign before it: \(text)"
        case .leadingZero: "a number has no zeros before it: \(text)"
        case .noDigitBeforePoint: "a digit is missing before the point: \(text)"
        case .noDigitAfterPoint: "a digit is missing after the point: \(text)"
        case .noExponent: "the exponent has no digits: \(text)"
        case .hexadecimal: "numbers are written in decimal: \(text)"
        case .notFinite: "\(text) is no JSON number"
        case .trailing: "\(text) is no number"
        }
    }

    func hint(_ text: String) -> String {
        switch self {
        case .noNumber:
            switch text.lowercased() {
            case "true", "yes", "on": "write true"
            case "false", "no", "off": "write false"
            case "null", "none", "nil", "undefined": "write null, or leave the key out"
            default: "texts stand in double quotes: \(quoted(text, limit: 40))"
            }
        case .plusSign: "write \(text.dropFirst().prefix(40))"
        case .leadingZero: "remove the zeros in front"
        case .noDigitBeforePoint: "write a 0 before the point"
        case .noDigitAfterPoint: "remove the point, or write a 0 after it"
        case .noExponent: "write digits after the e, such as 1e3"
        case .hexadecimal: "write the number in decimal"
        case .notFinite: "only finite numbers are allowed"
        case .trailing: "a text stands in double quotes: \(quoted(text, limit: 40))"
        }
    }
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
