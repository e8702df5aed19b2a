import Glibc
import SystemPackage

/// Finds folders that would feed the service with its own files, by what the kernel says about them: names, links and
/// bind mounts make no difference.
struct FolderSafety {
    /// A folder as the kernel knows it: the file system, and the path in it.
    struct Location: Hashable, Sendable {
        let device: String
        let components: [Substring]

        func isInside(_ other: Location) -> Bool {
            device == other.device && components.starts(with: other.components)
        }
    }

    private let mounts: [(point: [Substring], root: [Substring], device: String)]

    /// - Parameter mountInfo: the text of `/proc/self/mountinfo`.
    init(mountInfo: String) {
        // 36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/root rw
        mounts = mountInfo.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 4 else { return nil }
            return (Self.components(fields[4]), Self.components(fields[3]), String(fields[2]))
        }
    }

    /// Spaces, tabs, newlines and backslashes are written as `\040` and so on; bytes stay as they are.
    private static func components(_ path: Substring) -> [Substring] {
        var text = String(path)
        for (escape, character) in [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")] {
            text = text.split(separator: escape, omittingEmptySubsequences: false).joined(separator: character)
        }
        return text.split(separator: "/")
    }

    /// Where a folder really is; its path has no links in it (`realpath`).
    func location(of path: String) -> Location {
        let components = path.split(separator: "/")
        // Of mounts over one another the last one is what is seen.
        let mount = mounts.enumerated().filter { components.starts(with: $0.element.point) }
            .max { ($0.element.point.count, $0.offset) < ($1.element.point.count, $1.offset) }?.element
        guard let mount else { return Location(device: "", components: components) }
        return Location(device: mount.device, components: mount.root + components[mount.point.count...])
    }
}

/// One folder and what it is for.
struct FolderRole: Sendable {
    let name: String
    let path: FilePath
}

/// Two folders that must not lie in one another.
struct FolderOverlap: Error, Hashable, Sendable, CustomStringConvertible {
    let inner: String
    let innerPath: FilePath
    let outer: String
    let outerPath: FilePath

    var description: String {
        "\(inner) (\(innerPath.string)) lies inside \(outer) (\(outerPath.string)): "
            + "svertka would take its own files for input; choose folders beside each other"
    }

    /// Looks for a folder of results, originals or state inside an input folder, and for inputs inside each other or
    /// inside one of `others` that is filled by the service.
    ///
    /// The folders exist.
    static func find(inputs: [FolderRole], filled: [FolderRole], others: [FolderRole]) throws(FolderOverlap) {
        let safety = FolderSafety(mountInfo: mountInfo())
        let located = inputs.map { ($0, safety.location(of: resolved($0.path))) }
        for (index, (input, place)) in located.enumerated() {
            for other in filled + others where safety.location(of: resolved(other.path)).isInside(place) {
                throw FolderOverlap(inner: other.name, innerPath: other.path, outer: input.name, outerPath: input.path)
            }
            for other in filled where place.isInside(safety.location(of: resolved(other.path))) {
                throw FolderOverlap(inner: input.name, innerPath: input.path, outer: other.name, outerPath: other.path)
            }
            for (otherIndex, (other, otherPlace)) in located.enumerated()
            where otherIndex != index && otherPlace.isInside(place) {
                throw FolderOverlap(inner: other.name, innerPath: other.path, outer: input.name, outerPath: input.path)
            }
        }
    }

    private static func resolved(_ path: FilePath) -> String {
        guard let real = path.withPlatformString({ realpath($0, nil) }) else { return path.string }
        defer { free(real) }
        return String(cString: real)
    }

    private static func mountInfo() -> String {
        guard let file = try? FileDescriptor.open("/proc/self/mountinfo", .readOnly) else { return "" }
        defer { try? file.close() }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
            text += buffer[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
