import SystemPackage

/// What stood under a name at one instant.
public enum Look: Equatable, Sendable {
    case vanished
    /// A regular file that the patterns want. `isWhole`: it begins and ends as a PNG or a JPEG must.
    case file(FileIdentity, isWhole: Bool, writer: Writer)
    /// Something that is never input.
    case ignored(FileIdentity, IgnoredReason)
    /// The identity is nil where not even that can be told.
    case unreadable(FileIdentity?, Errno)

    /// Whether a program holds the file open for writing.
    public enum Writer: Sendable {
        case open
        case none
        /// The file system, or the file's owner, does not let us know.
        case unknown
    }
}
