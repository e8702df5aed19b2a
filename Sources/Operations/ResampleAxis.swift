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

/// One axis of a resampling: `output` places spread evenly over `extent` places, in the middle of `full` ones.
///
/// Both have their centres at halves: output place x lies at place `(full − extent) / 2 + (x + ½) · extent / output`. The
/// input has all of them, or, where it was reduced, one place for each `reduction.denominator`.
public struct ResampleAxis: Sendable, Equatable {
    /// Places before any reduction.
    var full: Int
    var output: Int
    /// `numerator / denominator` places; at most `full`.
    var extent: (numerator: Int, denominator: Int)
    /// The first place of the input stands for `missing` places fewer than `denominator`.
    var reduction: (denominator: Int, missing: Int) = (1, 0)

    public init(input: Int, output: Int, extent: (numerator: Int, denominator: Int)? = nil) {
        full = input
        self.output = output
        self.extent = extent ?? (input, 1)
    }

    public static func == (a: ResampleAxis, b: ResampleAxis) -> Bool {
        (a.full, a.output, a.extent.numerator, a.extent.denominator, a.reduction.denominator, a.reduction.missing)
            == (
                b.full, b.output, b.extent.numerator, b.extent.denominator, b.reduction.denominator,
                b.reduction.missing
            )
    }

    /// The same for an input with one place for each `denominator`.
    func reduced(by denominator: Int, missing: Int) -> ResampleAxis {
        var axis = self
        axis.reduction = (denominator, missing)
        return axis
    }

    /// Places of the input.
    var input: Int { (full + reduction.denominator - 1) / reduction.denominator }

    /// Whether every output place is the input place of the same number.
    public var isIdentity: Bool {
        reduction.denominator == 1 && full == output && extent.numerator == full * extent.denominator
    }

    /// Whether each output place comes from `factor` places or more.
    func shrinks(by factor: Int) -> Bool { extent.numerator >= factor * extent.denominator * output }

    /// The place of output `x` in the input, from its edge, as a quotient; whole numbers, so that no place is rounded to
    /// the wrong side.
    private func place(_ x: Int) -> (numerator: Int, denominator: Int) {
        let denominator = 2 * extent.denominator * output
        return (
            (full * extent.denominator - extent.numerator) * output + (2 * x + 1) * extent.numerator
                + reduction.missing * denominator,
            denominator * reduction.denominator
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
        let widening = max(
            1, Double(extent.numerator) / Double(extent.denominator * output * reduction.denominator))
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
