import SystemPackage

/// One watched root, numbered by whoever configures it.
public struct RootID: Hashable, Sendable, Comparable {
    public let number: Int

    public init(_ number: Int) {
        self.number = number
    }

    public static func < (left: RootID, right: RootID) -> Bool { left.number < right.number }
}

/// A place under a watched root; the path is relative to the root and is made of bytes, not of text.
public struct FileKey: Hashable, Sendable {
    public let root: RootID
    public let path: FilePath

    public init(root: RootID, path: FilePath) {
        self.root = root
        self.path = path
    }
}
