/// What happens when a result's name is taken.
public enum ConflictPolicy: String, CaseIterable, Hashable, Sendable {
    /// The publication fails, and nothing of it is published.
    case fail
    /// The new file takes the place of the old one in one step.
    case replace
    /// The new file is called `name-2.png`, `name-3.png` and so on: the first of these that is free, or, where more than
    /// sixteen are taken, one that is free.
    case number
    /// The old file stays, and the new one is dropped.
    case skip
}
