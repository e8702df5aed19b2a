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

    /// How much of it is done while the sums are still in registers.
    public struct Finish: Sendable {
        public enum Kind: Sendable {
            /// The residual is added, and the sums are kept between `low` and `high`.
            case bounds
            /// `x < 0 ? x · slope : x`, with `slope` or the channels' own.
            case slopes
            /// Nothing: all of it is done afterwards.
            case sums
        }

        public let kind: Kind
        public private(set) var low = -Float.infinity
        public private(set) var high = Float.infinity
        public private(set) var slope: Float = 1

        init(_ epilogue: Epilogue) {
            if let clamp = epilogue.clamp {
                kind = .bounds
                (low, high) = clamp
                return
            }
            guard !epilogue.hasResidual, epilogue.after == .none else {
                kind = .sums
                return
            }
            switch epilogue.before {
            case .channelSlopes: kind = .slopes
            case .function(.leakyRelu(let alpha)):
                kind = .slopes
                slope = alpha
            default: kind = .sums
            }
        }
    }

    public var finish: Finish { Finish(self) }
}
