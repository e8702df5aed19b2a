/// Which colours the samples mean.
enum ProfilePolicy: String, Sendable, CaseIterable {
    /// Those of the file's profile.
    case keep
    /// sRGB, into which they are converted.
    case srgb
}
