import Glibc

/// What people read: messages go to standard error, data to standard output.
enum Terminal {
    static func say(_ text: String) { write(text + "\n", to: 2) }
    static func print(_ text: String) { write(text + "\n", to: 1) }

    static var isErrorTerminal: Bool { isatty(2) == 1 }

    /// Colours where somebody looks at them and has not asked for none.
    static var usesColor: Bool {
        isErrorTerminal && getenv("NO_COLOR") == nil && getenv("TERM").map { String(cString: $0) } != "dumb"
    }

    /// Columns of the terminal that errors go to.
    static var width: Int {
        var size = winsize()
        return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 ? Int(size.ws_col) : 80
    }

    /// What cannot be written (a closed pipe, a full disk) is left out: messages never stop the work.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool { write(Array(text.utf8), to: descriptor) }

    /// False where not all could be written; `errno` says why.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress!, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
