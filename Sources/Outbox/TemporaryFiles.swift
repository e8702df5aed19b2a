/// The files that publications are still writing, or that a process left when it died.
public enum TemporaryFiles {
    /// Whether a file of that name (one component, as bytes) is one of this module's temporary files, which nobody
    /// should take for a result or for an input.
    public static func isTemporary(name: some Sequence<UInt8>) -> Bool { TemporaryName(name) != nil }
}
