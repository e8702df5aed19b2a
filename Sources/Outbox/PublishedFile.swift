import SystemPackage

/// What became of one result.
public struct PublishedFile: Hashable, Sendable {
    public enum Disposition: String, Hashable, Sendable {
        /// It has the name that was asked for, which was free.
        case created
        /// It has taken the place of an older file.
        case replaced
        /// It has a numbered name, because the one asked for was taken.
        case numbered
        /// A file of that name with the same bytes was there already: an earlier try got that far.
        case identical
        /// A file of that name was there and stays; the result was dropped.
        case skipped
    }

    /// The path that was asked for, below the root.
    public let requested: FilePath
    /// Where the file is now, below the root.
    public let path: FilePath
    public let disposition: Disposition
}
