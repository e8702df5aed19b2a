/// What a failure means for the file that it happened to.
public enum FailureClass: String, Hashable, Sendable {
    /// The surroundings do not allow it now (disk full, folder gone): the same file may succeed later.
    case transient
    /// It would fail again: the file, or its name, is the cause.
    case permanent
    /// A rule of the configuration forbids it, as the one about names that are taken.
    case policy
}
