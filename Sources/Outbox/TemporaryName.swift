import Glibc
import Synchronization
import SystemPackage

/// The name of a file that is being written: who writes it stands in the name, so that what a dead process left
/// behind can be told from what a living one still needs.
///
/// `.svertka-HOST-BOOT-NAMESPACE-PID-START-COUNT`, all in hexadecimal and at most 85 bytes: the machine, its boot, the
/// PID namespace (a container has its own), the process, when that process started (PIDs come again), and a counter.
struct TemporaryName: Hashable, Sendable {
    static let prefix = ".svertka-"

    /// A process on some machine.
    struct Owner: Hashable, Sendable {
        var host: UInt32
        var boot: UInt32
        var namespace: UInt32
        var pid: Int32
        /// In clock ticks since the boot, as in `/proc/PID/stat`.
        var start: UInt64
    }

    var owner: Owner
    var count: UInt64

    private static let counter = Atomic<UInt64>(0)

    /// A name that this process has not used before.
    static func next() -> TemporaryName {
        TemporaryName(owner: .thisProcess, count: counter.wrappingAdd(1, ordering: .relaxed).oldValue)
    }

    init(owner: Owner, count: UInt64) {
        self.owner = owner
        self.count = count
    }

    /// Reads a name; nil for every name that `text` does not give.
    init?(_ bytes: some Sequence<UInt8>) {
        guard let text = String(validating: Array(bytes), as: UTF8.self), text.hasPrefix(Self.prefix) else {
            return nil
        }
        let fields = text.dropFirst(Self.prefix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count == 6, let host = UInt32(fields[0], radix: 16), let boot = UInt32(fields[1], radix: 16),
            let namespace = UInt32(fields[2], radix: 16), let pid = Int32(fields[3], radix: 16), pid > 0,
            let start = UInt64(fields[4], radix: 16), let count = UInt64(fields[5], radix: 16)
        else { return nil }
        let name = TemporaryName(
            owner: Owner(host: host, boot: boot, namespace: namespace, pid: pid, start: start), count: count)
        guard name.text == text else { return nil }
        self = name
    }

    var text: String {
        let fields: [UInt64] = [
            UInt64(owner.host), UInt64(owner.boot), UInt64(owner.namespace), UInt64(owner.pid), owner.start, count,
        ]
        return Self.prefix + fields.map { String($0, radix: 16) }.joined(separator: "-")
    }

    var component: FilePath.Component {
        guard let component = FilePath.Component(text) else { preconditionFailure("a temporary name is a plain name") }
        return component
    }
}

extension TemporaryName.Owner {
    static let thisProcess = TemporaryName.Owner(
        host: hash(of: hostName() + machineIdentity()), boot: hash(of: BootIdentity.current), namespace: pidNamespace(),
        pid: getpid(), start: startTime(of: getpid()) ?? 0)

    /// FNV-1a: all that is asked of it is that machines and boots differ.
    private static func hash(of bytes: [UInt8]) -> UInt32 {
        bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }

    private static func hostName() -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return [] }
        return buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    }

    private static func machineIdentity() -> [UInt8] { contents(of: "/etc/machine-id") ?? [] }

    private static func pidNamespace() -> UInt32 {
        var status = stat()
        return stat("/proc/self/ns/pid", &status) == 0 ? UInt32(truncatingIfNeeded: status.st_ino) : 0
    }

    /// When the process started, in clock ticks since the boot; nil when there is none, or it is hidden.
    static func startTime(of pid: Int32) -> UInt64? {
        guard let stat = contents(of: "/proc/\(pid)/stat"), let name = stat.lastIndex(of: UInt8(ascii: ")")) else {
            return nil
        }
        // The name, in parentheses, may hold anything; fields are counted after it, the start being the 22nd of all.
        let fields = stat[(name + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19 else { return nil }
        return UInt64(String(decoding: fields[19], as: UTF8.self))
    }

    /// A small file as the kernel gives it.
    static func contents(of path: String) -> [UInt8]? {
        guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { return nil }
        defer { try? file.close() }
        var buffer = [UInt8](repeating: 0, count: 4096)
        guard let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }) else { return nil }
        return Array(buffer.prefix(count))
    }
}
