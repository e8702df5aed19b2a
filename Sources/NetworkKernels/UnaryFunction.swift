/// A function of one float32, applied element by element.
public enum UnaryFunction: Hashable, Sendable {
    case absolute, negative, sign, reciprocal, squareRoot, exponential, logarithm, sine, cosine, floor, ceiling
    /// To the nearest whole number, halves to the even one.
    case round
    case relu, sigmoid, tanh, softplus, softsign, erf, mish
    /// `x / (1 + e⁻ˣ)`
    case silu
    /// `x · min(1, max(0, αx + β))`
    case hardSwish(alpha: Float, beta: Float)
    /// `min(1, max(0, αx + β))`
    case hardSigmoid(alpha: Float, beta: Float)
    case leakyRelu(alpha: Float)
    case elu(alpha: Float)
    case selu(alpha: Float, gamma: Float)
    case celu(alpha: Float)
    case gelu
    case geluTanh
    case thresholdedRelu(alpha: Float)
    /// `min(high, max(low, x))`
    case clip(low: Float, high: Float)
}
