/// In which numbers a step computes.
public enum ColorSpace: String, Sendable, CaseIterable {
    /// The samples as they are stored, which are perceptual.
    case encoded
    /// Proportional to light: the sRGB curve undone.
    case linear

    /// The key of a step that can compute in both. A step that says nothing computes as the pipeline says
    /// (`PipelineDocument.space`).
    public static let key = Parameter<ColorSpace>.choice(
        "space", default: .encoded,
        "compute with the samples as they are stored, or in linear light (sRGB curve); by default as the pipeline says")
}
