import Pipelines

/// One file to be processed.
public struct InputFile: Sendable, Hashable {
    /// As it is opened, in bytes.
    public let path: [UInt8]
    /// Relative to the input folder, for the names of outputs.
    public let name: PictureName
    /// Files that were named by the user may be symbolic links; those found in folders are not followed.
    public let isNamed: Bool

    public init(path: [UInt8], name: PictureName, isNamed: Bool) {
        self.path = path
        self.name = name
        self.isNamed = isNamed
    }
}
