import Glibc

/// Small text files of the system, from the kernel or, in tests, from a table.
struct SystemTexts: Sendable {
    /// The file's text; nil when it does not exist or may not be read.
    let read: @Sendable (_ path: String) -> String?

    init(_ read: @escaping @Sendable (String) -> String?) { self.read = read }

    static let kernel = SystemTexts { path in
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer.prefix(count)
        }
    }
}
