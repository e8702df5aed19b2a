/// A place in a text: the byte offset, and what a person and an editor call it.
public struct SourcePosition: Sendable, Hashable {
    /// Bytes before the place.
    public let offset: Int
    /// Lines are counted from 1.
    public let line: Int
    /// Columns are counted from 1, in Unicode code points; a tab is one column.
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
    private let lineStarts: [Int]
    /// How many code points begin before every multiple of ``checkpointDistance``, so that a column is found as fast in
    /// a line of megabytes as in a short one.
    private let codePointCounts: [Int]

    private static let checkpointDistance = 256

    public init(file: String, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
        var starts = [0]
        var counts: [Int] = []
        var count = 0
        bytes.withUnsafeBufferPointer { bytes in
            for offset in bytes.indices {
                let byte = bytes[offset]
                if offset % Self.checkpointDistance == 0 { counts.append(count) }
                if byte & 0xC0 != 0x80 { count += 1 }
                if byte == UInt8(ascii: "\n") {
                    starts.append(offset + 1)
                } else if byte == UInt8(ascii: "\r"),
                    offset + 1 == bytes.count || bytes[offset + 1] != UInt8(ascii: "\n")
                {
                    starts.append(offset + 1)
                }
            }
        }
        lineStarts = starts
        codePointCounts = counts
    }

    public init(file: String, text: String) {
        self.init(file: file, bytes: Array(text.utf8))
    }

    /// Line and column of a byte; an offset outside the text counts as its nearest end, one inside a character as its
    /// beginning.
    public func position(at offset: Int) -> SourcePosition {
        let offset = min(max(offset, 0), bytes.count)
        let line = lineIndex(of: offset)
        let start = min(lineStart(line), offset)
        var characterStart = offset
        while characterStart > start, characterStart < bytes.count, bytes[characterStart] & 0xC0 == 0x80 {
            characterStart -= 1
        }
        let column = codePointCount(before: characterStart) - codePointCount(before: start) + 1
        return SourcePosition(offset: offset, line: line + 1, column: column)
    }

    public func lineColumn(of offset: Int) -> (line: Int, column: Int) {
        let position = position(at: offset)
        return (position.line, position.column)
    }

    private func codePointCount(before offset: Int) -> Int {
        let checkpoint = min(offset / Self.checkpointDistance, codePointCounts.count - 1)
        guard checkpoint >= 0 else { return 0 }
        return bytes[checkpoint * Self.checkpointDistance..<offset]
            .reduce(codePointCounts[checkpoint]) { $1 & 0xC0 != 0x80 ? $0 + 1 : $0 }
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
