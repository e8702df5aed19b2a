import Foundation
import Kernels

/// How a picture's new samples are made of its old ones.
public enum ResampleFilter: String, Sendable, CaseIterable {
    case nearest, bilinear, bicubic, lanczos

    /// How far from its centre the filter reaches, in samples.
    var support: Double {
        switch self {
        case .nearest: 0.5
        case .bilinear: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    /// The weight at a distance, before all of them are made to add up to 1.
    func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        guard x < support else { return 0 }
        switch self {
        case .nearest: return 1
        case .bilinear: return 1 - x
        // Keys' cubic with a = -1/2, which is Catmull and Rom's.
        case .bicubic: return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2
        case .lanczos: return x == 0 ? 1 : 3 * sin(.pi * x) * sin(.pi * x / 3) / (.pi * .pi * x * x)
        }
    }
}

/// One axis of a resampling: `output` places spread evenly over `extent` input places, in the middle of `input` ones.
///
/// Both have their centres at halves: output place x lies at input place `(input − extent) / 2 + (x + ½) · extent / output`.
public struct ResampleAxis: Sendable, Equatable {
    var input: Int
    var output: Int
    /// `numerator / denominator` input places; at most `input`.
    var extent: (numerator: Int, denominator: Int)

    public init(input: Int, output: Int, extent: (numerator: Int, denominator: Int)? = nil) {
        self.input = input
        self.output = output
        self.extent = extent ?? (input, 1)
    }

    public static func == (a: ResampleAxis, b: ResampleAxis) -> Bool {
        (a.input, a.output, a.extent.numerator, a.extent.denominator)
            == (b.input, b.output, b.extent.numerator, b.extent.denominator)
    }

    /// Whether every output place is the input place of the same number.
    public var isIdentity: Bool { input == output && extent.numerator == input * extent.denominator }

    /// Twice the place of output `x`, as a quotient; whole numbers, so that no place is rounded to the wrong side.
    private func place(_ x: Int) -> (numerator: Int, denominator: Int) {
        (
            (input * extent.denominator - extent.numerator) * output + (2 * x + 1) * extent.numerator,
            2 * extent.denominator * output
        )
    }

    /// The input place under each output place.
    var nearest: [Int] {
        (0..<output).map { x in
            let place = place(x)
            return min(place.numerator / place.denominator, input - 1)
        }
    }

    /// The weights of a filter, which is widened by the factor by which the axis shrinks. Beyond the edge nothing
    /// counts, and the weights that are left add up to 1.
    func taps(_ filter: ResampleFilter) -> ResampleTaps {
        var taps = ResampleTaps()
        if isIdentity {
            for x in 0..<output { taps.append(first: x, centre: x, weights: [1]) }
            return taps
        }
        let widening = max(1, Double(extent.numerator) / Double(extent.denominator * output))
        let reach = filter.support * widening
        for x in 0..<output {
            let place = place(x)
            let centre = Double(2 * place.numerator - place.denominator) / Double(2 * place.denominator)
            let first = max(0, Int((centre - reach).rounded(.up)))
            let last = min(input - 1, Int((centre + reach).rounded(.down)))
            let nearest = min(max(place.numerator / place.denominator, 0), input - 1)
            let weights = (first...last).map { filter.weight((Double($0) - centre) / widening) }
            let sum = weights.reduce(0, +)
            // The zeros of a filter are not quite 0 in doubles.
            taps.append(
                first: first, centre: nearest, weights: weights.map { abs($0) < 1e-12 ? 0 : $0 / sum })
        }
        return taps
    }
}

extension ResampleTaps {
    /// By how much the result may go beyond the values, as a share of their interval.
    var overshoot: Double {
        places.reduce(0) { most, place in
            let negative = weights[place.start..<place.start + place.count].reduce(0) { $0 + max(0, -Double($1)) }
            return max(most, negative)
        }
    }
}
