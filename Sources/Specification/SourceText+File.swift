import Glibc

/// Why a document could not be loaded.
public enum SourceFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `code` is the system's errno.
    case unreadable(file: String, code: Int32)
    case noFile(file: String, kind: String)
    case tooLarge(file: String, size: Int?, limit: Int)
    /// A pipe into which nobody wrote for some seconds.
    case silent(file: String)

    public var file: String {
        switch self {
        case .unreadable(let file, _), .noFile(let file, _), .tooLarge(let file, _, _), .silent(let file): file
        }
    }

    /// What happened, without the name of the file.
    public var message: String {
        switch self {
        case .unreadable(_, let code): "cannot be read: \(String(cString: strerror(code)))"
        case .noFile(_, let kind): "is \(kind), not a file"
        case .tooLarge(_, let size?, let limit): "has \(size) bytes; allowed are \(limit)"
        case .tooLarge(_, nil, let limit): "has more than \(limit) bytes, which is as many as are allowed"
        case .silent: "is a pipe into which nothing was written"
        }
    }

    public var description: String { "\(printable(file)) \(message)" }

    private var rule: String {
        switch self {
        case .unreadable, .silent: "unreadable"
        case .noFile: "not-a-file"
        case .tooLarge: "too-large"
        }
    }

    private var hint: String {
        switch self {
        case .unreadable(_, ENOENT): "check the path; relative ones start at the current folder"
        case .unreadable: "check the path and its permissions"
        case .noFile: "name the document itself"
        case .tooLarge: "a pipeline or configuration has some kilobytes; check that this is the file you mean"
        case .silent: "write the document into the pipe, or name a file"
        }
    }

    /// The error as the only diagnostic of the document.
    public var diagnostics: Diagnostics {
        var diagnostics = Diagnostics(source: SourceText(file: file, bytes: []))
        diagnostics.error(at: 0..<0, rule: rule, message: "the document \(message)", hint: hint)
        return diagnostics
    }
}

extension SourceText {
    /// Loads a document. Its size is looked at first, so that a huge file costs nothing.
    ///
    /// - `path`: bytes, as the system has them.
    /// - `limit`: bytes.
    public static func load(
        path: [UInt8], limit: Int = JSONReader.sizeLimit
    ) throws(SourceFileError) -> SourceText {
        let file = String(decoding: path, as: UTF8.self)
        // Without O_NONBLOCK a pipe that nobody writes into would hold the program here for ever.
        var descriptor: Int32
        repeat {
            descriptor = (path + [0]).withUnsafeBytes { bytes in
                open(bytes.bindMemory(to: CChar.self).baseAddress!, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
            }
        } while descriptor < 0 && errno == EINTR
        guard descriptor >= 0 else { throw .unreadable(file: file, code: errno) }
        defer { close(descriptor) }
        return SourceText(file: file, bytes: try read(descriptor, file: file, limit: limit))
    }

    public static func load(path: String, limit: Int = JSONReader.sizeLimit) throws(SourceFileError) -> SourceText {
        try load(path: Array(path.utf8), limit: limit)
    }

    private static func read(_ descriptor: Int32, file: String, limit: Int) throws(SourceFileError) -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(file: file, code: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            guard status.st_size <= limit else { throw .tooLarge(file: file, size: Int(status.st_size), limit: limit) }
        case S_IFIFO, S_IFCHR: break
        case S_IFDIR: throw .noFile(file: file, kind: "a folder")
        default: throw .noFile(file: file, kind: "something else")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                guard errno == EAGAIN else { throw .unreadable(file: file, code: errno) }
                try waitForBytes(descriptor, file: file)
                continue
            }
            // A pipe without a writer reads as empty; one may still come.
            if count == 0, bytes.isEmpty, status.st_mode & S_IFMT == S_IFIFO, !hasHungUp(descriptor) {
                try waitForBytes(descriptor, file: file)
                continue
            }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= limit else { throw .tooLarge(file: file, size: nil, limit: limit) }
        }
    }

    private static let patienceInMilliseconds: Int32 = 5000

    private static func waitForBytes(_ descriptor: Int32, file: String) throws(SourceFileError) {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let count = poll(&request, 1, patienceInMilliseconds)
        if count < 0, errno != EINTR { throw .unreadable(file: file, code: errno) }
        if count == 0 { throw .silent(file: file) }
    }

    /// Whether a pipe had a writer that has gone.
    private static func hasHungUp(_ descriptor: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0 && request.revents & Int16(POLLHUP) != 0
    }
}
