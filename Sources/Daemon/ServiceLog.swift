import Glibc
import Logging
import Synchronization

/// Writes log lines to standard error from a thread of its own, so that a reader that stopped reading holds nothing up.
///
/// Under the journal each line begins with its priority (`<3>`); elsewhere with `svertka: `. While the other end does
/// not read, up to 1,000 lines wait; further ones are counted and left out.
public final class ServiceLog: Sendable {
    public static let shared = ServiceLog()

    private struct State {
        var lines: [String] = []
        var dropped = 0
        var hasThread = false
        var isWriting = false
    }

    private static let capacity = 1000
    private let state = Mutex(State())
    private let isJournal: Bool

    private init() {
        isJournal = Self.isJournal
    }

    /// `JOURNAL_STREAM` names the stream that the service manager connected; standard error may lead elsewhere.
    private static var isJournal: Bool {
        guard let stream = getenv("JOURNAL_STREAM") else { return false }
        var status = stat()
        guard fstat(2, &status) == 0 else { return false }
        return String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
    }

    /// A logger of this log; set up once for the process.
    public static func logger(level: Logger.Level = .info) -> Logger {
        var logger = Logger(label: "svertka") { _ in ServiceLogHandler() }
        logger.logLevel = level
        return logger
    }

    func write(_ level: Logger.Level, _ message: String) {
        let prefix = isJournal ? "<\(level.journalPriority)>" : "svertka: \(level.word)"
        // Each line of a message that has several carries its priority.
        let text = message.split(separator: "\n").map { prefix + $0 + "\n" }.joined()
        let startsThread = state.withLock { state in
            guard state.lines.count < Self.capacity else {
                state.dropped += 1
                return false
            }
            state.lines.append(text)
            defer { state.hasThread = true }
            return !state.hasThread
        }
        if startsThread { startThread() }
        wake.give()
    }

    private let wake = Signal()

    private func startThread() {
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { _ in
                ServiceLog.shared.writeForEver()
                return nil
            }, nil)
        if result == 0 { pthread_detach(thread) }
    }

    private func writeForEver() {
        while true {
            wake.take()
            let (lines, dropped) = state.withLock { state in
                defer {
                    state.lines = []
                    state.dropped = 0
                    state.isWriting = true
                }
                return (state.lines, state.dropped)
            }
            for line in lines { Self.writeAll(line) }
            if dropped > 0 {
                Self.writeAll(
                    "\(isJournal ? "<4>" : "svertka: ")\(dropped) log lines were left out: nobody read them\n")
            }
            state.withLock { $0.isWriting = false }
        }
    }

    /// Waits until everything is written, for a second at most.
    public func flush() {
        for _ in 0..<200 {
            if state.withLock({ $0.lines.isEmpty && !$0.isWriting }) { return }
            usleep(5000)
        }
    }

    private static func writeAll(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(2, $0.baseAddress!, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return
            }
            rest = rest.dropFirst(count)
        }
    }
}

private struct ServiceLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        ServiceLog.shared.write(event.level, "\(event.message)")
    }
}

extension Logger.Level {
    /// As in `sd-daemon(3)`.
    fileprivate var journalPriority: Int {
        switch self {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }

    fileprivate var word: String {
        switch self {
        case .critical, .error: "error: "
        case .warning: "warning: "
        case .notice, .info, .debug, .trace: ""
        }
    }
}
