import Glibc
import SystemPackage

/// The one judge of names, asked by scan, events and polling alike.
///
/// Hidden files, this program's own temporaries and unfinished downloads are never input, whatever the patterns say.
public struct PathMatcher: Sendable {
    private let includes: @Sendable (FilePath) -> Bool
    private let excludes: @Sendable (FilePath) -> Bool
    private let isRecursive: Bool

    /// - Parameters:
    ///   - includes: whether a file's path, relative to the root, is wanted.
    ///   - excludes: whether a file's or folder's path, relative to the root, is unwanted all the same.
    ///   - isRecursive: whether folders inside the root are entered.
    public init(
        includes: @escaping @Sendable (FilePath) -> Bool,
        excludes: @escaping @Sendable (FilePath) -> Bool = { _ in false }, isRecursive: Bool = true
    ) {
        self.includes = includes
        self.excludes = excludes
        self.isRecursive = isRecursive
    }

    /// Why a file of this name is not input; nil when it is.
    public func refusal(of path: FilePath) -> IgnoredReason? {
        if let reason = Self.reservedName(in: path) { return reason }
        if excludes(path) { return .excluded }
        if !isRecursive, path.components.count > 1 { return .notRecursive }
        return includes(path) ? nil : .notIncluded
    }

    /// Why a folder is not entered; nil when it is.
    public func refusal(ofFolder path: FilePath) -> IgnoredReason? {
        if let reason = Self.reservedName(in: path), reason != .unfinishedName { return reason }
        if excludes(path) { return .excluded }
        return isRecursive ? nil : .notRecursive
    }

    private static func reservedName(in path: FilePath) -> IgnoredReason? {
        for component in path.components {
            let reason = component.withPlatformString { name -> IgnoredReason? in
                guard name[0] == CChar(UInt8(ascii: ".")) else { return nil }
                return hasPrefix(name, ".svertka-") ? .ownTemporary : .hidden
            }
            if let reason { return reason }
        }
        guard let name = path.lastComponent else { return nil }
        return name.withPlatformString(isUnfinished) ? .unfinishedName : nil
    }

    private static func isUnfinished(_ name: UnsafePointer<CChar>) -> Bool {
        unfinishedSuffixes.contains { hasSuffix(name, $0) } || hasPrefix(name, "~$")
    }

    /// What browsers, transfer programs and office programs put behind a name until the file is whole.
    private static let unfinishedSuffixes: [StaticString] = [
        ".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp", ".!ut", "~",
    ]

    private static func hasPrefix(_ name: UnsafePointer<CChar>, _ prefix: StaticString) -> Bool {
        strncmp(name, UnsafeRawPointer(prefix.utf8Start).assumingMemoryBound(to: CChar.self), prefix.utf8CodeUnitCount)
            == 0
    }

    private static func hasSuffix(_ name: UnsafePointer<CChar>, _ suffix: StaticString) -> Bool {
        let length = strlen(name)
        guard length >= suffix.utf8CodeUnitCount else { return false }
        return hasPrefix(name + (length - suffix.utf8CodeUnitCount), suffix)
    }
}
