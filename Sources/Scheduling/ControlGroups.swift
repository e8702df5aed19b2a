/// Where the files of this process's control groups are: what `/proc/self/cgroup` and `/proc/self/mountinfo` say
/// together.
///
/// A limit of any ancestor holds too, so that each controller has a list of folders, from the process's own group to
/// the topmost one that this mount shows. In a container the mount shows a part of the tree, and its root is then the
/// container's own group.
struct ControlGroups: Equatable {
    enum Version: Equatable { case one, two }

    struct Folder: Equatable {
        let version: Version
        let path: String
    }

    private struct Mount: Equatable {
        let root: [String]
        let point: String
        let version: Version
        /// Version 1: the controllers of the hierarchy.
        let controllers: [String]
    }

    private struct Membership: Equatable {
        /// Empty for version 2.
        let controllers: [String]
        let path: [String]
    }

    private let mounts: [Mount]
    private let memberships: [Membership]

    /// - Parameters:
    ///   - membership: the text of `/proc/self/cgroup`.
    ///   - mounts: the text of `/proc/self/mountinfo`.
    init(membership: String, mounts: String) {
        memberships = membership.split(separator: "\n").compactMap(Self.membership)
        self.mounts = mounts.split(separator: "\n").compactMap(Self.mount)
    }

    /// The folders that hold a controller's files, the process's own group first. Version 1's come before version 2's;
    /// a controller is in one of the two only, and its files are missing in the other.
    func folders(_ controller: String) -> [Folder] {
        mounts.flatMap { mount -> [Folder] in
            let member = memberships.first { membership in
                switch mount.version {
                case .one: mount.controllers.contains(controller) && membership.controllers.contains(controller)
                case .two: membership.controllers.isEmpty
                }
            }
            guard let member else { return [] }
            // A path that is not below the mount's root is outside of what the mount shows.
            let isBelow = member.path.starts(with: mount.root) && !member.path.contains("..")
            let below = isBelow ? member.path.dropFirst(mount.root.count) : []
            return (0...below.count).reversed().map { depth in
                Folder(version: mount.version, path: ([mount.point] + below.prefix(depth)).joined(separator: "/"))
            }
        }
    }

    /// `4:memory:/a/b`, and for version 2 `0::/a/b`.
    private static func membership(_ line: Substring) -> Membership? {
        let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { return nil }
        return Membership(controllers: fields[1].split(separator: ",").map(String.init), path: parts(String(fields[2])))
    }

    /// `35 31 0:32 /root /mount/point rw,relatime shared:1 - cgroup cgroup rw,memory`
    private static func mount(_ line: Substring) -> Mount? {
        let fields = line.split(separator: " ")
        guard fields.count >= 10, let dash = fields.dropFirst(6).firstIndex(of: "-"), dash + 3 < fields.count else {
            return nil
        }
        let version: Version
        switch fields[dash + 1] {
        case "cgroup": version = .one
        case "cgroup2": version = .two
        default: return nil
        }
        return Mount(
            root: parts(unescaped(fields[3])), point: unescaped(fields[4]), version: version,
            controllers: fields[dash + 3].split(separator: ",").map(String.init))
    }

    private static func parts(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

    /// Space, tab, newline and backslash stand in mountinfo as `\040` and so on.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension ControlGroups {
    /// Those of this process; nil where `/proc` does not show them.
    init?(_ texts: SystemTexts) {
        guard let membership = texts.read("/proc/self/cgroup"), let mounts = texts.read("/proc/self/mountinfo") else {
            return nil
        }
        self.init(membership: membership, mounts: mounts)
    }
}

/// The first word of a file that holds one number or the word `max`.
func controlGroupNumber(_ text: String?) -> Int? {
    (text?.split(whereSeparator: \.isWhitespace).first).flatMap { Int($0) }
}
