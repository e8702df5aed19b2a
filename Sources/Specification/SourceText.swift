/// A place in a text: the byte offset, and what a person and an editor call it.
public struct SourcePosition: Sendable, Hashable {
    /// Bytes before the place.
    public let offset: Int
    /// Lines are counted from 1.
    public let line: Int
    /// Columns are counted from 1, in Unicode code points; a tab is one column, a byte that is not UTF-8 is one too.
    public let column: Int
}

/// The bytes of one document, with its name and the places of its lines.
///
/// A line ends with LF, CR LF or CR. A byte order mark at the start is part of no column.
public struct SourceText: Sendable {
    /// The name that messages carry.
    public let file: String
    public let bytes: [UInt8]
    /// The offset of the first byte of every line.
    let lineStarts: [Int]

    public init(file: String, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
        var starts = [0]
        for (offset, byte) in bytes.enumerated() {
            let isEnd = byte == UInt8(ascii: "\n")
            let isLoneReturn =
                byte == UInt8(ascii: "\r") && (offset + 1 == bytes.count || bytes[offset + 1] != UInt8(ascii: "\n"))
            if isEnd || isLoneReturn { starts.append(offset + 1) }
        }
        lineStarts = starts
    }

    public init(file: String, text: String) {
        self.init(file: file, bytes: Array(text.utf8))
    }

    /// Line and column of a byte; an offset outside the text counts as its nearest end.
    public func position(at offset: Int) -> SourcePosition {
        let offset = min(max(offset, 0), bytes.count)
        let line = lineIndex(of: offset)
        var column = 1
        for character in SourceCharacters(bytes: bytes, range: lineStart(line)..<offset) where character.offset < offset
        {
            column += 1
        }
        return SourcePosition(offset: offset, line: line + 1, column: column)
    }

    public func lineColumn(of offset: Int) -> (line: Int, column: Int) {
        let position = position(at: offset)
        return (position.line, position.column)
    }

    /// The length of the byte order mark that some editors put before UTF-8.
    var byteOrderMarkLength: Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }

    /// The bytes of the line that holds an offset, without its line end.
    func lineRange(containing offset: Int) -> Range<Int> {
        let index = lineIndex(of: min(max(offset, 0), bytes.count))
        let start = lineStart(index)
        var end = index + 1 < lineStarts.count ? lineStarts[index + 1] : bytes.count
        while end > start, bytes[end - 1] == UInt8(ascii: "\n") || bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return start..<end
    }

    private func lineStart(_ index: Int) -> Int {
        index == 0 ? byteOrderMarkLength : lineStarts[index]
    }

    private func lineIndex(of offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
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

/// Well-formed UTF-8 as the Unicode standard defines it (table 3-7): no overlong forms, no surrogates.
enum UTF8Decoding {
    static func scalar(in bytes: [UInt8], at start: Int, end: Int) -> (scalar: Unicode.Scalar, length: Int)? {
        let first = bytes[start]
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        let length: Int
        var value: UInt32
        switch first {
        case 0xC2...0xDF: (length, value) = (2, UInt32(first & 0x1F))
        case 0xE0...0xEF: (length, value) = (3, UInt32(first & 0x0F))
        case 0xF0...0xF4: (length, value) = (4, UInt32(first & 0x07))
        default: return nil
        }
        guard start + length <= end else { return nil }
        for index in start + 1..<start + length {
            guard bytes[index] & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(bytes[index] & 0x3F)
        }
        let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        guard value >= smallest, let scalar = Unicode.Scalar(value) else { return nil }
        return (scalar, length)
    }

    /// The first byte that is not part of well-formed UTF-8.
    static func firstInvalidOffset(in bytes: [UInt8]) -> Int? {
        var offset = 0
        while offset < bytes.count {
            if bytes[offset] < 0x80 {
                offset += 1
                continue
            }
            guard let decoded = scalar(in: bytes, at: offset, end: bytes.count) else { return offset }
            offset += decoded.length
        }
        return nil
    }
}
