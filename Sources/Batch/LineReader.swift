import Glibc

/// The lines of a file or a pipe one after the other, in bytes and without their ends.
public final class LineReader {
    private let descriptor: Int32
    private let end: UInt8
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var unread = 0..<0
    private var isAtEnd = false

    /// What is longer is no path; the rest of such a line is dropped, so that no file takes more memory than this.
    static let longestLine = 1 << 16

    /// - Parameter end: the byte that ends a line; 0 for lists whose names may contain line ends.
    /// - Returns: nil where the file cannot be opened; `errno` says why. `-` is standard input.
    public init?(path: String, end: UInt8 = 10) {
        descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        self.end = end
    }

    deinit { close(descriptor) }

    /// nil at the end.
    public func next() -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            let piece = buffer[unread].prefix { $0 != end }
            line += piece.prefix(Self.longestLine - line.count)
            if piece.endIndex < unread.upperBound {
                unread = piece.endIndex + 1..<unread.upperBound
                if end == 10, line.last == 13 { line.removeLast() }
                return line
            }
            if isAtEnd || !fill() { return line.isEmpty ? nil : line }
        }
    }

    private func fill() -> Bool {
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            isAtEnd = count <= 0
            unread = 0..<max(count, 0)
            return !isAtEnd
        }
    }
}
