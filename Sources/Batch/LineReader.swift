import Glibc

/// The lines of a file or a pipe one after the other, in bytes and without their ends.
public final class LineReader {
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var start = 0
    private var end = 0
    private var isAtEnd = false

    /// - Returns: nil where the file cannot be opened; `errno` says why. `-` is standard input.
    public init?(path: String) {
        descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    func next() -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            if let newline = buffer[start..<end].firstIndex(of: 10) {
                line += buffer[start..<newline]
                start = newline + 1
                if line.last == 13 { line.removeLast() }
                return line
            }
            line += buffer[start..<end]
            if isAtEnd { return line.isEmpty ? nil : line }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            isAtEnd = count <= 0
            start = 0
            end = max(count, 0)
            if isAtEnd { return line.isEmpty ? nil : line }
        }
    }
}
