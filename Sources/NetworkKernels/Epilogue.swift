/// What is done to the sums of a convolution before they leave: `y = after(before(x) + residual)`.
public struct Epilogue: Sendable {
    public enum Activation: Sendable, Hashable {
        case none
        case function(UnaryFunction)
        /// `x < 0 ? x · slope[c] : x`; the slopes stand beside the bias.
        case channelSlopes
    }

    public var before: Activation
    public var hasResidual: Bool
    public var after: Activation

    public init(before: Activation = .none, hasResidual: Bool = false, after: Activation = .none) {
        self.before = before
        self.hasResidual = hasResidual
        self.after = after
    }

    public var isEmpty: Bool { before == .none && !hasResidual && after == .none }

    /// The bounds between which it keeps the sums, where that and a residual are all that it does to them.
    public var clamp: (low: Float, high: Float)? {
        if hasResidual, before != .none { return nil }
        switch hasResidual ? after : before {
        case .none: return (-.infinity, .infinity)
        case .function(.relu): return (0, .infinity)
        case .function(.clip(let low, let high)): return (low, high)
        default: return nil
        }
    }
}
