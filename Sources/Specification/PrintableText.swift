/// The text with every character escaped that would move a terminal's cursor, change its colours or reorder the line.
public func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        if let escaped = escapedIfUnprintable(scalar) {
            result += escaped
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// The text in double quotes for a message: printable, and cut after `limit` characters.
public func quoted(_ text: String, limit: Int = 60) -> String {
    let cut = text.unicodeScalars.count > limit
    let shown = cut ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) + "…" : text
    return "\"\(printable(shown))\""
}

/// The words in double quotes, separated by commas; of many only the first ones.
func quotedList(_ words: [String], limit: Int = 24) -> String {
    let shown = words.prefix(limit).map { quoted($0) }.joined(separator: ", ")
    return words.count > limit ? "\(shown) and \(words.count - limit) more" : shown
}

/// `\u{1B}` for controls, format characters such as the ones that reorder a line, and line separators; nil for others.
func escapedIfUnprintable(_ scalar: Unicode.Scalar) -> String? {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
        return "\\u{\(hexadecimal(scalar.value, digits: 2))}"
    default:
        return nil
    }
}

func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
