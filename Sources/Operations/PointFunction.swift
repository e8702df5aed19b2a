import Foundation

/// A function of one number, applied to every sample; with its gain, bias, scale and shift,
/// `y = scale · f(gain · x + bias) + shift`.
public struct PointFunction: Sendable, Equatable {
    /// The functions by their names in the pipeline language.
    public enum Name: String, Sendable, CaseIterable {
        case sign, sigmoid, tanh, relu, gelu, softplus, elu, selu
        case leakyRelu = "leaky-relu"
        case prelu, silu
        case abs, invert, clamp, threshold, gamma, scale, levels, normalize
    }

    public var name: Name
    /// `elu`: 1; `leaky-relu`: 0.01; `prelu`: 0.25.
    public var alpha: Double
    /// `threshold`: samples from here on become 255, the others 0.
    public var level = 128.0
    /// `clamp`: the ends of the interval.
    public var low = 0.0
    public var high = 255.0
    /// `gamma` and `levels`: the exponent.
    public var exponent = 1.0
    /// `levels` and `normalize`: where `low` and `high` go.
    public var outputLow = 0.0
    public var outputHigh = 255.0

    public var gain = 1.0
    public var bias = 0.0
    public var outerScale = 1.0
    public var shift = 0.0

    public init(_ name: Name) {
        self.name = name
        alpha =
            switch name {
            case .leakyRelu: 0.01
            case .prelu: 0.25
            default: 1
            }
    }

    /// The value at `x`.
    public func callAsFunction(_ x: Double) -> Double {
        outerScale * inner(gain * x + bias) + shift
    }

    /// SELU's constants as the lecture gives them.
    public static let seluLambda = 1.0507
    public static let seluAlpha = 1.67326

    private func inner(_ x: Double) -> Double {
        switch name {
        case .sign: return x > 0 ? 1 : (x < 0 ? -1 : 0)
        case .sigmoid: return Self.sigmoid(x)
        case .tanh: return Foundation.tanh(x)
        case .relu: return max(0, x)
        case .gelu: return 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
        // log(1 + eˣ), written so that neither large nor small x overflows.
        case .softplus: return max(x, 0) + log1p(exp(-Swift.abs(x)))
        case .elu: return x > 0 ? x : alpha * expm1(x)
        case .selu: return Self.seluLambda * (x > 0 ? x : Self.seluAlpha * expm1(x))
        case .leakyRelu, .prelu: return x >= 0 ? x : alpha * x
        case .silu: return x * Self.sigmoid(x)
        case .abs: return Swift.abs(x)
        case .invert: return 255 - x
        case .clamp: return min(max(x, low), high)
        case .threshold: return x >= level ? 255 : 0
        case .gamma: return x <= 0 ? 0 : 255 * pow(x / 255, exponent)
        case .scale: return x
        case .levels, .normalize:
            let unit = min(max((x - low) / (high - low), 0), 1)
            return outputLow + (outputHigh - outputLow) * (exponent == 1 ? unit : pow(unit, exponent))
        }
    }

    private static func sigmoid(_ x: Double) -> Double {
        x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
    }

    /// Whether the function is made of straight pieces with whole slopes, so that whole numbers stay whole.
    var keepsWholeNumbers: Bool {
        switch name {
        case .sign, .relu, .abs, .invert, .clamp, .threshold, .scale: true
        default: false
        }
    }

    /// The interval of the values over an interval; the functions that turn around do so at `turn`.
    func bounds(over samples: ClosedRange<Double>) -> ClosedRange<Double> {
        var values = [callAsFunction(samples.lowerBound), callAsFunction(samples.upperBound)]
        // The minima of |x|, GELU and SiLU, and the jumps of sign and threshold.
        let turns: [Double] =
            switch name {
            case .abs, .sign: [0]
            case .gelu: [-0.7517915, -0.7517916]
            case .silu: [-1.2784645, -1.2784646]
            case .threshold: [level]
            default: []
            }
        for turn in turns where gain != 0 {
            let x = (turn - bias) / gain
            if samples.contains(x) { values.append(callAsFunction(x)) }
        }
        return values.min()!...values.max()!
    }
}
