import Glibc

/// Talks to systemd by the protocol of `sd_notify(3)`; says nothing where no service manager listens.
struct ServiceManager: Sendable {
    private let address: [UInt8]?

    /// Half of the time within which systemd wants to hear from us; nil without a watchdog.
    let watchdogInterval: Duration?

    init() {
        address = getenv("NOTIFY_SOCKET").map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
        let isForUs = getenv("WATCHDOG_PID").map { Int32(String(cString: $0)) == getpid() } ?? true
        let limit = getenv("WATCHDOG_USEC").flatMap { Int64(String(cString: $0)) }
        watchdogInterval = isForUs ? limit.map { .microseconds($0 / 2) } : nil
    }

    func ready() { send("READY=1") }
    func stopping() { send("STOPPING=1") }
    func watchdog() { send("WATCHDOG=1") }
    func status(_ text: String) { send("STATUS=\(text)") }

    func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        send("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)")
    }

    /// A message that cannot be sent is left out: the service works without a manager.
    private func send(_ message: String) {
        guard let path = address, let first = path.first else { return }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        guard path.count < MemoryLayout.size(ofValue: target.sun_path) else { return }
        withUnsafeMutableBytes(of: &target.sun_path) { field in
            field.copyBytes(from: path)
            // An abstract address begins with a zero, which is written as @.
            if first == UInt8(ascii: "@") { field[0] = 0 }
        }
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return }
        defer { close(socket) }
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + path.count
        _ = withUnsafePointer(to: &target) { target in
            target.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(socket, message, message.utf8.count, Int32(MSG_NOSIGNAL), $0, socklen_t(length))
            }
        }
    }
}
