/// A name out of a file as it may stand in a message: control characters escaped, at most 256 characters.
public func printable(_ name: String) -> String {
    var result = ""
    var length = 0
    for scalar in name.unicodeScalars {
        if length == 256 { return result + "…" }
        length += 1
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            result += "\\u{" + String(scalar.value, radix: 16) + "}"
        default:
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}
