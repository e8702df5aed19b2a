/// The ways of computing a two-dimensional convolution.
public enum ConvolutionAlgorithm: String, CaseIterable, Sendable {
    /// Each channel for itself.
    case depthwise
    /// F(4×4, 3×3) on blocked planes.
    case winograd
    /// Sums of products on blocked planes, in groups that fill whole blocks.
    case direct
    /// The same out of row-major planes, for few input channels.
    case planes
    /// The same with weights of zero between groups that do not fill blocks.
    case grouped
    /// From and to row-major planes, for few output channels.
    case few
}
