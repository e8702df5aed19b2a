import Foundation
import Specification

/// What the key `kernel` may say.
public enum KernelChoice: Sendable, Equatable {
    case matrix([[Double]])
    case named(NamedKernel)
    /// A normal distribution of this standard deviation in pixels, cut at three of them.
    case gaussian(sigma: Double)
    /// The mean over a square of `2 · radius + 1` pixels a side.
    case box(radius: Int)
    /// `x + amount · (x − gaussian(x))` where the difference is at least `threshold`.
    case unsharp(sigma: Double, amount: Double, threshold: Double)

    /// Rows and columns of a matrix at most.
    static let largest = 63

    private static let sigma = Parameter<Double>.requiredNumber(
        "sigma", in: 0.1...100, unit: "pixels", "standard deviation of the blur that is subtracted")
    private static let amount = Parameter<Double>.number(
        "amount", in: -10...10, default: 1, "how much of the difference is added")
    private static let threshold = Parameter<Double>.number(
        "threshold", in: 0...255, default: 0, "smaller differences are left alone")
    private static let unsharpTable = [sigma.description, amount.description, threshold.description]

    private static let objects: [ParameterDescription] = [
        ParameterDescription(
            key: "gaussian", kind: .number(0.1...100), unit: "pixels",
            meaning: "a Gaussian blur of this standard deviation"),
        ParameterDescription(
            key: "box", kind: .integer(1...127), unit: "pixels",
            meaning: "the mean of a square of this radius"),
        ParameterDescription(key: "unsharp", kind: .object(unsharpTable), meaning: "an unsharp mask"),
    ]

    static let parameter = Parameter<KernelChoice>.requiredCustom(
        "kernel",
        .anyOf([
            .choice(NamedKernel.allCases.map(\.rawValue)), .matrix(maxRows: largest, maxColumns: largest),
            .object(objects),
        ]),
        placeholder: .named(.identity), "the weights: a name, a matrix of up to 63×63, or a kind with its size"
    ) { json, faults in
        if let name = json.string { return NamedKernel(rawValue: name).map(KernelChoice.named) }
        if let matrix = json.matrix { return .matrix(matrix) }
        guard let members = json.members else { return nil }
        guard members.count == 1 else {
            faults.error(
                at: json.range, rule: "wrong-value",
                message: "kernel has \(members.count) keys; expected one of gaussian, box, unsharp",
                hint: #"write { "gaussian": 1.5 }, { "box": 2 } or { "unsharp": { … } }"#, path: ["kernel"])
            return nil
        }
        if let sigma = json["gaussian"]?.number { return .gaussian(sigma: sigma) }
        if let radius = json["box"]?.integer { return .box(radius: radius) }
        guard let unsharp = json["unsharp"] else { return nil }
        return faults.readObject(unsharp, of: unsharpTable, at: ["kernel", "unsharp"]) { reader in
            KernelChoice.unsharp(
                sigma: reader.read(sigma), amount: reader.read(amount), threshold: reader.read(threshold))
        }
    }

    /// The weights of one side of a Gaussian from its middle outwards, so that all add up to 1.
    static func gaussianWeights(_ sigma: Double) -> [Double] {
        let radius = Int((3 * sigma).rounded(.up))
        let weights = (-radius...radius).map { distance in
            exp(-Double(distance * distance) / (2 * sigma * sigma))
        }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }
}
