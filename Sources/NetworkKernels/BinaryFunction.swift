/// A function of two float32, applied element by element.
public enum BinaryFunction: Sendable {
    case add, subtract, multiply, divide, maximum, minimum, power
    /// `x < 0 ? x · slope : x`
    case prelu
}
