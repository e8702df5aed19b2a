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

    /// Applies itself to a run of blocked pixels that was just written.
    ///
    /// - `values`: `pixels` × 8; `residual`: alike, or nil; `slopes`: of the block's eight channels, or nil.
    public func apply(
        _ values: UnsafeMutablePointer<Float>, residual: UnsafePointer<Float>?, slopes: UnsafePointer<Float>?,
        pixels: Int
    ) {
        Self.apply(before, values, slopes, pixels)
        if let residual {
            let count = pixels * 8
            var i = 0
            while i < count {
                store(load(values + i) + load(residual + i), values + i)
                i += 8
            }
        }
        Self.apply(after, values, slopes, pixels)
    }

    private static func apply(
        _ activation: Activation, _ values: UnsafeMutablePointer<Float>, _ slopes: UnsafePointer<Float>?,
        _ pixels: Int
    ) {
        switch activation {
        case .none: break
        case .function(let function): function.apply(values, to: values, count: pixels * 8)
        case .channelSlopes:
            guard let slopes else { return }
            let slope = load(slopes)
            for p in 0..<pixels {
                let x = load(values + p * 8)
                store(Vector.select(x .< Vector.zero, x * slope, x), values + p * 8)
            }
        }
    }
}
