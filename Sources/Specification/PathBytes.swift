/// A path as the bytes that the system knows, which need not be UTF-8.
public struct PathBytes: Sendable, Hashable, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    public var isAbsolute: Bool { bytes.first == UInt8(ascii: "/") }

    /// For messages: bytes that are not UTF-8 are replaced, control characters escaped.
    public var description: String { printable(String(decoding: bytes, as: UTF8.self)) }

    /// The folder that holds the last component; `.` for a lone name.
    public var folder: PathBytes {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return PathBytes(".") }
        return slash == 0 ? PathBytes("/") : PathBytes(Array(bytes[..<slash]))
    }

    /// A path that starts here, without `.` components and doubled slashes; an absolute one replaces this one.
    ///
    /// `..` stays: where it leads depends on links that only the system knows.
    public func appending(_ other: PathBytes) -> PathBytes {
        let joined = other.isAbsolute ? other.bytes : bytes + [UInt8(ascii: "/")] + other.bytes
        let isAbsolute = joined.first == UInt8(ascii: "/")
        let names = joined.split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
        let text = Array(names.joined(separator: [UInt8(ascii: "/")]))
        if isAbsolute { return PathBytes([UInt8(ascii: "/")] + text) }
        return text.isEmpty ? PathBytes(".") : PathBytes(text)
    }

    /// Whether this path lies inside a folder or is the folder itself, going by the names alone.
    public func isInside(_ folder: PathBytes) -> Bool {
        if bytes == folder.bytes { return true }
        let prefix = folder.bytes.last == UInt8(ascii: "/") ? folder.bytes : folder.bytes + [UInt8(ascii: "/")]
        return bytes.starts(with: prefix)
    }

    /// Calls `body` with the path as C takes it.
    public func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        try (bytes + [0]).withUnsafeBytes { try body($0.bindMemory(to: CChar.self).baseAddress!) }
    }
}
