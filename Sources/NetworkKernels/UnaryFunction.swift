import Glibc

/// A function of one float32, applied element by element.
public enum UnaryFunction: Hashable, Sendable {
    case absolute, negative, sign, reciprocal, squareRoot, exponential, logarithm, floor, ceiling
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

    /// `output[i] = f(input[i])`; both may be the same memory.
    public func apply(_ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, count: Int) {
        let one = Vector(1)
        switch self {
        case .absolute: for i in 0..<count { output[i] = Swift.abs(input[i]) }
        case .negative: for i in 0..<count { output[i] = -input[i] }
        case .sign: for i in 0..<count { output[i] = input[i] > 0 ? 1 : input[i] < 0 ? -1 : input[i] }
        case .reciprocal: for i in 0..<count { output[i] = 1 / input[i] }
        case .squareRoot: for i in 0..<count { output[i] = input[i].squareRoot() }
        case .exponential: Loops.exponential(input, output, count)
        case .logarithm: for i in 0..<count { output[i] = logf(input[i]) }
        case .floor: for i in 0..<count { output[i] = input[i].rounded(.down) }
        case .ceiling: for i in 0..<count { output[i] = input[i].rounded(.up) }
        case .round: for i in 0..<count { output[i] = input[i].rounded(.toNearestOrEven) }
        case .relu: map(input, output, count) { $0.atLeast(.zero) }
        case .sigmoid: Loops.sigmoid(input, output, count)
        case .tanh: Loops.tanh(input, output, count)
        case .softplus:
            for i in 0..<count { output[i] = max(input[i], 0) + log1pf(expf(-Swift.abs(input[i]))) }
        case .softsign: map(input, output, count) { $0 / (one + $0.atLeast(Vector.zero - $0)) }
        case .erf: for i in 0..<count { output[i] = erff(input[i]) }
        case .mish: Loops.mish(input, output, count)
        case .silu: Loops.silu(input, output, count)
        case .hardSwish(let alpha, let beta):
            map(input, output, count) { x in
                x * Vector(beta).addingProduct(Vector(alpha), x).atLeast(.zero).atMost(one)
            }
        case .hardSigmoid(let alpha, let beta):
            map(input, output, count) { Vector(beta).addingProduct(Vector(alpha), $0).atLeast(.zero).atMost(one) }
        case .leakyRelu(let alpha):
            map(input, output, count) { Vector.select($0 .< Vector.zero, $0 * Vector(alpha), $0) }
        case .elu(let alpha): Loops.elu(input, output, count, alpha, 1)
        case .selu(let alpha, let gamma): Loops.elu(input, output, count, alpha, gamma)
        case .celu(let alpha): Loops.celu(input, output, count, alpha)
        case .gelu:
            for i in 0..<count { output[i] = 0.5 * input[i] * (1 + erff(input[i] * 0.707_106_78)) }
        case .geluTanh: Loops.geluTanh(input, output, count)
        case .thresholdedRelu(let alpha):
            map(input, output, count) { Vector.select($0 .> Vector(alpha), $0, .zero) }
        case .clip(let low, let high):
            map(input, output, count) { $0.atLeast(Vector(low)).atMost(Vector(high)) }
        }
    }
}

/// The longer functions, each in a loop of its own: in one large function the compiler stops inlining them.
private enum Loops {
    typealias Input = UnsafePointer<Float>
    typealias Output = UnsafeMutablePointer<Float>

    @inline(never) static func exponential(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count) { NetworkKernels.exponential($0) }
    }

    @inline(never) static func sigmoid(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count) { NetworkKernels.sigmoid($0) }
    }

    @inline(never) static func tanh(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count) { hyperbolicTangent($0) }
    }

    @inline(never) static func silu(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count) { $0 * NetworkKernels.sigmoid($0) }
    }

    /// tanh(ln(1 + e)) = (e² + 2e) / (e² + 2e + 2); from 20 on it is 1.
    @inline(never) static func mish(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count) { x in
            let e = NetworkKernels.exponential(x.atMost(Vector(20)))
            let n = e * (e + Vector(2))
            return x * (n / (n + Vector(2)))
        }
    }

    @inline(never) static func elu(
        _ input: Input, _ output: Output, _ count: Int, _ alpha: Float, _ gamma: Float
    ) {
        map(input, output, count) { x in
            Vector(gamma) * Vector.select(x .< Vector.zero, Vector(alpha) * exponentialMinusOne(x), x)
        }
    }

    @inline(never) static func celu(_ input: Input, _ output: Output, _ count: Int, _ alpha: Float) {
        map(input, output, count) { x in
            Vector.select(x .< Vector.zero, Vector(alpha) * exponentialMinusOne(x / Vector(alpha)), x)
        }
    }

    @inline(never) static func geluTanh(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count) { x in
            let inner = Vector(0.797_884_56) * (x + Vector(0.044_715) * x * x * x)
            return Vector(0.5) * x * (Vector(1) + hyperbolicTangent(inner))
        }
    }
}
