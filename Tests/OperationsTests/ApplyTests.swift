import Foundation
import Raster
import Testing

@testable import Operations

@Suite("Point functions have the values of their definitions")
struct ApplyTests {
    /// The functions as the lecture and the reference write them, with the lecture's constants.
    private static func definition(_ name: PointFunction.Name, _ x: Double) -> Double {
        switch name {
        case .sign: x == 0 ? 0 : x / abs(x)
        case .sigmoid: 1 / (1 + exp(-x))
        case .tanh: (1 - exp(-2 * x)) / (1 + exp(-2 * x))
        case .relu: x > 0 ? x : 0
        case .gelu: x * (1 - erfc(x / 2.squareRoot()) / 2)
        case .softplus: x > 30 ? x + exp(-x) : log(1 + exp(x))
        case .elu: x > 0 ? x : exp(x) - 1
        case .selu: 1.0507 * (x > 0 ? x : 1.67326 * (exp(x) - 1))
        case .leakyRelu: x > 0 ? x : x / 100
        case .prelu: x > 0 ? x : x / 4
        case .silu: x / (1 + exp(-x))
        case .abs: x < 0 ? -x : x
        case .invert: 255 - x
        case .clamp: x < 0 ? 0 : (x > 255 ? 255 : x)
        case .threshold: x < 128 ? 0 : 255
        case .gamma: x < 0 ? 0 : x
        case .scale: x
        case .levels: x < 0 ? 0 : (x > 255 ? 255 : x)
        case .normalize: x
        }
    }

    @Test(arguments: PointFunction.Name.allCases.filter { $0 != .normalize })
    func everyFunction(_ name: PointFunction.Name) throws {
        for type in [SampleType.uint8, .uint16] {
            for layout in [ChannelLayout.gray, .rgba] {
                let picture = Picture(random: 2, 67, 9, layout, type)
                // Around 0, where the functions bend; and as it is.
                for (gain, bias) in [(1.0, 0.0), (0.0625, -8.0), (-1.0, 100.0)] {
                    let step = """
                        { "op": "apply", "function": "\(name.rawValue)", "gain": \(gain), "bias": \(bias), "scale": 3,
                          "shift": -1 }
                        """
                    let result = try Steps(step).run(picture)
                    let values = picture.values
                    let expected = Values(picture.size, channels: layout.count) { x, y, c in
                        if c == 3 { return values[x, y, c] }
                        return 3 * Self.definition(name, gain * values[x, y, c] + bias) - 1
                    }
                    let largest = expected.samples.reduce(1) { max($0, abs($1)) }
                    #expect(result.values.distance(to: expected) <= largest * 1e-6)
                    let bounds = result.format.values.widened(by: 1e-6)
                    for (i, sample) in result.values.samples.enumerated() where layout == .gray || i % 4 < 3 {
                        #expect(bounds.lowerBound - 1e-6...bounds.upperBound + 1e-6 ~= sample)
                    }
                }
            }
        }
    }

    @Test(arguments: PointFunction.Name.allCases.filter { $0 != .normalize })
    func afterAConvolution(_ name: PointFunction.Name) throws {
        let picture = Picture(random: 2, 67, 9, .rgb)
        let edges = picture.values.convolved(with: ConvolutionKernel(NamedKernel.edges.weights, divisor: 8))
        let result = try Steps(
            #"{ "op": "convolve", "kernel": "edges", "divisor": 8 }"#,
            #"{ "op": "apply", "function": "\#(name.rawValue)" }"#
        ).run(picture)
        let expected = Values(picture.size, channels: 3, edges.samples.map { Self.definition(name, $0) })
        #expect(result.values.distance(to: expected) < 1e-4)
    }

    private static let keyed: [(keys: String, function: @Sendable (Double) -> Double)] = [
        (#""elu", "alpha": 2"#, { $0 > 0 ? $0 : 2 * (exp($0) - 1) }),
        (#""leaky-relu", "alpha": 0.2"#, { $0 > 0 ? $0 : 0.2 * $0 }),
        (#""prelu", "alpha": -1"#, { $0 > 0 ? $0 : -$0 }),
        (#""clamp", "low": 20, "high": 50"#, { min(max($0, 20), 50) }),
        (#""threshold", "level": 30"#, { $0 >= 30 ? 255 : 0 }),
        (#""gamma", "exponent": 2.2"#, { $0 <= 0 ? 0 : 255 * pow($0 / 255, 2.2) }),
        (
            #""levels", "low": 10, "high": 90, "exponent": 0.5, "outputLow": 30, "outputHigh": 200"#,
            { 30 + 170 * min(max(($0 - 10) / 80, 0), 1).squareRoot() }
        ),
    ]

    @Test func keysOfSingleFunctions() throws {
        let picture = Picture(random: 2, 67, 9, .rgb)
        for (keys, function) in Self.keyed {
            let result = try Steps("{ \"op\": \"apply\", \"function\": \(keys), \"bias\": -60 }").run(picture)
            let expected = Values(picture.size, channels: 3, picture.values.samples.map { function($0 - 60) })
            #expect(result.values.distance(to: expected) < 1e-4, "\(keys)")
        }
    }

    @Test func theConstantsOfTheLecture() {
        #expect(PointFunction(.selu)(1) == 1.0507)
        #expect(abs(PointFunction(.selu)(-1e9) + 1.0507 * 1.67326) < 1e-12)
        #expect(PointFunction(.leakyRelu)(-100) == -1)
        #expect(PointFunction(.sigmoid)(0) == 0.5)
        #expect(PointFunction(.softplus)(0) == log(2))
        #expect(abs(PointFunction(.gelu)(1) - 0.8413447460685429) < 1e-15)
        for name in PointFunction.Name.allCases where name != .normalize {
            for x in [-1e300, -1e9, -0.0, 0, 1e9, 1e300] {
                #expect(!PointFunction(name)(x).isNaN, "\(name) of \(x)")
            }
        }
    }

    @Test(arguments: [SampleType.uint8, .uint16]) func normalizeStretchesTheWholePicture(_ type: SampleType) throws {
        var picture = Picture(random: 2, 67, 9, .rgba, type)
        let unit = type == .uint8 ? 1 : 257
        for i in picture.samples.indices where i % 4 < 3 { picture.samples[i] = 40 * unit + picture.samples[i] / 2 }
        let colors = picture.values.samples.enumerated().filter { $0.offset % 4 < 3 }.map(\.element)
        let (low, high) = (colors.min()!, colors.max()!)
        let expected = Values(picture.size, channels: 4) { x, y, c in
            let sample = picture.values[x, y, c]
            return c == 3 ? sample : (sample - low) / (high - low) * 190 + 10
        }
        let step = #"{ "op": "apply", "function": "normalize", "outputLow": 10, "outputHigh": 200 }"#
        #expect(try Steps(step).run(picture).values.distance(to: expected) < 1e-3)
        let flat = Picture(ImageSize(width: 3, height: 2), .gray, samples: [Int](repeating: 7, count: 6))
        #expect(try Steps(step).run(flat).values.samples.allSatisfy { $0 == 10 })
    }

    @Test func aKeyOfAnotherFunctionIsRefused() {
        for keys in [
            #""relu", "alpha": 1"#, #""sigmoid", "level": 3"#, #""gamma", "low": 3"#, #""abs", "exponent": 2"#,
        ] {
            #expect(Steps("{ \"op\": \"apply\", \"function\": \(keys) }").faults().contains("has no effect on"))
        }
        #expect(Steps(#"{ "op": "apply", "function": "clamp", "low": 9, "high": 3 }"#).faults().contains("low (9)"))
    }
}
