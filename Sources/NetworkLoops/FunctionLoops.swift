import Glibc
import NetworkKernels

extension Loops {
    public static func apply(
        _ function: UnaryFunction, _ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, count: Int
    ) {
        let one = Vector(1)
        switch function {
        case .absolute: for i in 0..<count { output[i] = Swift.abs(input[i]) }
        case .negative: for i in 0..<count { output[i] = -input[i] }
        case .sign: for i in 0..<count { output[i] = input[i] > 0 ? 1 : input[i] < 0 ? -1 : input[i] }
        case .reciprocal: for i in 0..<count { output[i] = 1 / input[i] }
        case .squareRoot: for i in 0..<count { output[i] = input[i].squareRoot() }
        case .exponential: FunctionLoops.exponential(input, output, count)
        case .logarithm: for i in 0..<count { output[i] = logf(input[i]) }
        case .sine: for i in 0..<count { output[i] = sinf(input[i]) }
        case .cosine: for i in 0..<count { output[i] = cosf(input[i]) }
        case .floor: for i in 0..<count { output[i] = input[i].rounded(.down) }
        case .ceiling: for i in 0..<count { output[i] = input[i].rounded(.up) }
        case .round: for i in 0..<count { output[i] = input[i].rounded(.toNearestOrEven) }
        case .relu: map(input, output, count) { $0.atLeast(.zero) }
        case .sigmoid: FunctionLoops.sigmoid(input, output, count)
        case .tanh: FunctionLoops.tanh(input, output, count)
        case .softplus:
            for i in 0..<count { output[i] = max(input[i], 0) + log1pf(expf(-Swift.abs(input[i]))) }
        case .softsign: map(input, output, count) { $0 / (one + $0.atLeast(Vector.zero - $0)) }
        case .erf: FunctionLoops.erf(input, output, count)
        case .mish: FunctionLoops.mish(input, output, count)
        case .silu: FunctionLoops.silu(input, output, count)
        case .hardSwish(let alpha, let beta):
            map(input, output, count) { x in
                x * Vector(beta).addingProduct(Vector(alpha), x).atLeast(.zero).atMost(one)
            }
        case .hardSigmoid(let alpha, let beta):
            map(input, output, count) { Vector(beta).addingProduct(Vector(alpha), $0).atLeast(.zero).atMost(one) }
        case .leakyRelu(let alpha):
            map(input, output, count) { Vector.select($0 .< Vector.zero, $0 * Vector(alpha), $0) }
        case .elu(let alpha): FunctionLoops.elu(input, output, count, alpha, 1)
        case .selu(let alpha, let gamma): FunctionLoops.elu(input, output, count, alpha, gamma)
        case .celu(let alpha): FunctionLoops.celu(input, output, count, alpha)
        case .gelu: FunctionLoops.gelu(input, output, count)
        case .geluTanh: FunctionLoops.geluTanh(input, output, count)
        case .thresholdedRelu(let alpha):
            map(input, output, count) { Vector.select($0 .> Vector(alpha), $0, .zero) }
        case .clip(let low, let high):
            map(input, output, count) { $0.atLeast(Vector(low)).atMost(Vector(high)) }
        }
    }
}

/// The longer functions, each in a loop of its own: in one large function the compiler stops inlining them, and so it
/// does with closures of their length.
private enum FunctionLoops {
    typealias Input = UnsafePointer<Float>
    typealias Output = UnsafeMutablePointer<Float>

    @inline(never) static func exponential(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count, vectorExponential)
    }

    @inline(never) static func sigmoid(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count, vectorSigmoid)
    }

    @inline(never) static func tanh(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count, hyperbolicTangent)
    }

    @inline(never) static func silu(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count, vectorSilu)
    }

    @inline(never) static func mish(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count, vectorMish)
    }

    @inline(never) static func erf(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count, vectorErrorFunction)
    }

    @inline(never) static func gelu(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count, vectorGelu)
    }

    @inline(never) static func geluTanh(_ input: Input, _ output: Output, _ count: Int) {
        map(input, output, count, vectorGeluTanh)
    }

    @inline(never) static func elu(
        _ input: Input, _ output: Output, _ count: Int, _ alpha: Float, _ gamma: Float
    ) {
        var index = 0
        while index < count {
            let x = loadUp(to: count - index, input + index)
            let low = Vector(alpha) * exponentialMinusOne(x)
            storeUp(to: count - index, Vector(gamma) * Vector.select(x .< Vector.zero, low, x), output + index)
            index += 16
        }
    }

    @inline(never) static func celu(_ input: Input, _ output: Output, _ count: Int, _ alpha: Float) {
        var index = 0
        while index < count {
            let x = loadUp(to: count - index, input + index)
            let low = Vector(alpha) * exponentialMinusOne(x / Vector(alpha))
            storeUp(to: count - index, Vector.select(x .< Vector.zero, low, x), output + index)
            index += 16
        }
    }
}

@inline(__always) private func vectorSilu(_ x: Vector) -> Vector { x / onePlusPower(ofNegative: x) }

/// x · tanh(ln(1 + eˣ)), where tanh(ln(1 + e)) = (e² + 2e) / (e² + 2e + 2); from 20 on it is 1.
@inline(__always) private func vectorMish(_ x: Vector) -> Vector {
    let e = vectorExponential(x.atMost(Vector(20)))
    let n = e * (e + Vector(2))
    return x * (n / (n + Vector(2)))
}

@inline(__always) private func vectorGelu(_ x: Vector) -> Vector {
    Vector(0.5) * x * onePlusErrorFunction(x * Vector(0.707_106_78))
}

@inline(__always) private func vectorGeluTanh(_ x: Vector) -> Vector {
    let inner = Vector(0.797_884_56) * (x + Vector(0.044_715) * x * x * x)
    return Vector(0.5) * x * (Vector(1) + hyperbolicTangent(inner))
}
