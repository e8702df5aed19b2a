/// The line of a fault with marks beneath it, as columns of a terminal.
///
/// Tabs become spaces up to the next multiple of four, characters that would move the cursor or hide are escaped, and
/// of a long line only a window around the fault is shown.
struct SourceExcerpt {
    static let width = 100
    static let tabWidth = 4

    let line: String
    /// As many spaces as there are columns before the fault.
    let indent: String
    /// `^`, followed by `~` as far as the fault reaches on this line.
    let marks: String

    /// Nil where the line is empty of anything to show.
    init?(of source: SourceText, range: Range<Int>) {
        let lineRange = source.lineRange(containing: range.lowerBound)
        let start = lineRange.lowerBound == 0 ? source.byteOrderMarkLength : lineRange.lowerBound
        guard start < lineRange.upperBound else { return nil }

        // Only what can fall into the window is laid out, so that a line of megabytes costs as little as a short one.
        let reach = Self.width * 4
        let from = Self.characterStart(in: source.bytes, notAfter: max(start, range.lowerBound - reach), floor: start)
        let to = min(lineRange.upperBound, range.lowerBound + reach)
        var cells: [Cell] = []
        var column = 0
        for character in SourceCharacters(bytes: source.bytes, range: from..<to) {
            let cell = Cell(character, byte: source.bytes[character.offset], column: column)
            cells.append(cell)
            column += cell.width
        }

        let first = cells.firstIndex { $0.offset + $0.length > range.lowerBound } ?? cells.count
        let beyond = cells.firstIndex { $0.offset >= range.upperBound } ?? cells.count
        let markStart = first < cells.count ? cells[first].column : column
        let markEnd = beyond > first ? (beyond < cells.count ? cells[beyond].column : column) : markStart + 1

        let window = Self.window(around: markStart, of: column)
        let isCutBefore = from > start || window.lowerBound > 0
        let isCutAfter = to < lineRange.upperBound || window.upperBound < column
        let shown = cells.filter { $0.column >= window.lowerBound && $0.column + $0.width <= window.upperBound }
        let prefix = isCutBefore ? "… " : ""
        line = prefix + shown.map(\.text).joined() + (isCutAfter ? " …" : "")
        let origin = shown.first?.column ?? markStart
        indent = String(repeating: " ", count: prefix.count + max(0, markStart - origin))
        let length = max(1, min(markEnd, max(window.upperBound, markStart + 1)) - markStart)
        marks = "^" + String(repeating: "~", count: length - 1)
    }

    private static func window(around column: Int, of count: Int) -> Range<Int> {
        guard count > width else { return 0..<count }
        let start = min(max(0, column - width / 2), count - width)
        return start..<start + width
    }

    private static func characterStart(in bytes: [UInt8], notAfter offset: Int, floor: Int) -> Int {
        var offset = offset
        while offset > floor, offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset -= 1 }
        return offset
    }

    private struct Cell {
        let offset: Int
        let length: Int
        let column: Int
        let text: String
        let width: Int

        init(_ character: SourceCharacters.Element, byte: UInt8, column: Int) {
            offset = character.offset
            length = character.length
            self.column = column
            if byte == UInt8(ascii: "\t") {
                width = SourceExcerpt.tabWidth - column % SourceExcerpt.tabWidth
                text = String(repeating: " ", count: width)
            } else if let scalar = character.scalar {
                let escaped = escapedIfUnprintable(scalar)
                text = escaped ?? String(scalar)
                width = escaped?.unicodeScalars.count ?? terminalWidth(of: scalar)
            } else {
                text = "\\x" + hexadecimal(UInt32(byte), digits: 2)
                width = 4
            }
        }
    }
}

/// How many columns a terminal gives a character: 0 for marks that sit on the one before, 2 for East Asian wide
/// characters and pictographs, else 1.
func terminalWidth(of scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
        return 2
    default: return 1
    }
}

/// Walks over the code points of some UTF-8, yielding each byte that belongs to none on its own.
struct SourceCharacters: Sequence, IteratorProtocol {
    struct Element {
        let offset: Int
        let length: Int
        /// Nil for a byte that is not part of well-formed UTF-8.
        let scalar: Unicode.Scalar?
    }

    let bytes: [UInt8]
    let end: Int
    var offset: Int

    init(bytes: [UInt8], range: Range<Int>) {
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    mutating func next() -> Element? {
        guard offset < end else { return nil }
        let start = offset
        let decoded = UTF8Decoding.scalar(in: bytes, at: start, end: end)
        offset += decoded?.length ?? 1
        return Element(offset: start, length: offset - start, scalar: decoded?.scalar)
    }
}
