import Raster
import Testing

@testable import Operations

@Suite("Several values become one, sample by sample")
struct CombineTests {
    /// The definition, in doubles, with a gray value repeated beside a colour one.
    private func reference(_ function: Combine.Function, _ pictures: [Picture], weight: Double = 0.5) -> Values {
        let first = pictures[0]
        let colors = pictures.map(\.layout.colorCount).max()!
        let values = pictures.map(\.values)
        let channels = colors + (first.layout.hasAlpha ? 1 : 0)
        return Values(first.size, channels: channels) { x, y, c in
            if c == colors { return values[0][x, y, values[0].channels - 1] }
            let samples = zip(values, pictures).map { $0[x, y, min(c, $1.layout.colorCount - 1)] }
            let rest = samples.dropFirst()
            return switch function {
            case .add: samples.reduce(0, +)
            case .subtract: rest.reduce(samples[0], -)
            case .multiply: rest.reduce(samples[0]) { $0 * $1 / 255 }
            case .maximum: samples.max()!
            case .minimum: samples.min()!
            case .magnitude: samples.reduce(0) { $0 + $1 * $1 }.squareRoot()
            case .blend: samples[0] + (samples[1] - samples[0]) * weight
            }
        }
    }

    private func step(_ function: Combine.Function, _ count: Int) -> String {
        let names = ["\"input\""] + (1..<count).map { "\"p\($0)\"" }
        return #"{ "op": "combine", "from": [\#(names.joined(separator: ", "))], "function": "\#(function.rawValue)" }"#
    }

    private func run(_ function: Combine.Function, _ pictures: [Picture]) throws -> Steps.Result {
        let others = Dictionary(
            uniqueKeysWithValues: pictures.enumerated().dropFirst().map { ("p\($0)", $1) })
        return try Steps(step(function, pictures.count)).run(pictures[0], with: others)
    }

    @Test(arguments: Combine.Function.allCases, [SampleType.uint8, .uint16])
    func everyLayout(_ function: Combine.Function, _ type: SampleType) throws {
        for (index, (width, height)) in manySizes.enumerated() {
            for layout in ChannelLayout.allCases {
                for other in ChannelLayout.allCases {
                    let pictures = [
                        Picture(random: index, width, height, layout, type),
                        Picture(random: index + 100, width, height, other, type),
                    ]
                    let result = try run(function, pictures)
                    let expected = reference(function, pictures)
                    // 2⁻²⁴ of values up to 510 and of a few roundings.
                    let tolerance = function == .magnitude || function == .blend || type == .uint16 ? 1e-4 : 1e-10
                    #expect(result.values.distance(to: expected) <= tolerance)
                    if type == .uint8, function != .blend { #expect(result.bytes == expected.bytes) }
                }
            }
        }
    }

    @Test(arguments: [2, 3, 5, 8]) func manyValues(_ count: Int) throws {
        let pictures = (0..<count).map { Picture(random: $0, 37, 5, .rgb) }
        for function in Combine.Function.allCases where function != .blend {
            let result = try run(function, pictures)
            #expect(result.values.distance(to: reference(function, pictures)) <= 1e-4, "\(function)")
        }
    }

    @Test func wholeNumbersStayExact() throws {
        let pictures = (0..<3).map { Picture(random: $0, 37, 5, .rgb) }
        for function in [Combine.Function.add, .subtract, .multiply, .maximum, .minimum] {
            let result = try run(function, pictures)
            #expect(result.format.isExact, "\(function)")
            // A stored sample over the divisor differs from the reference's own divisions in its last bits at most.
            #expect(result.values.distance(to: reference(function, pictures)) <= 1e-10, "\(function)")
        }
    }

    @Test func theMagnitudeOfGradientsIsThatOfTheLecture() throws {
        let picture = Picture(random: 3, 41, 23)
        let result = try Steps(
            #"{ "op": "convolve", "from": "p", "kernel": "sobel-x", "as": "gx" }"#,
            #"{ "op": "convolve", "from": "p", "kernel": "sobel-y", "as": "gy" }"#,
            #"{ "op": "combine", "from": ["gx", "gy"], "function": "magnitude" }"#
        ).run(picture, with: ["p": picture])
        let gradients = [NamedKernel.sobelX, .sobelY].map {
            picture.values.convolved(with: ConvolutionKernel($0.weights))
        }
        let expected = Values(picture.size, channels: 1) { x, y, c in
            (gradients[0][x, y, c] * gradients[0][x, y, c] + gradients[1][x, y, c] * gradients[1][x, y, c]).squareRoot()
        }
        #expect(result.values.distance(to: expected) < 1e-4)
        #expect(result.bytes == expected.bytes)
    }

    @Test func valuesWithDivisorsAreCombinedExactly() throws {
        let picture = Picture(random: 5, 41, 23, .rgb)
        let result = try Steps(
            #"{ "op": "convolve", "from": "p", "kernel": "blur", "as": "mean" }"#,
            #"{ "op": "combine", "from": ["p", "mean"], "function": "subtract" }"#
        ).run(picture, with: ["p": picture])
        let mean = picture.values.convolved(with: ConvolutionKernel(NamedKernel.blur.weights, divisor: 9))
        let expected = Values(picture.size, channels: 3) { picture.values[$0, $1, $2] - mean[$0, $1, $2] }
        #expect(result.format.isExact)
        #expect(result.format.divisor == 9)
        #expect(result.values.distance(to: expected) < 1e-10)
    }

    @Test func aMaskBlends() throws {
        let pictures = [Picture(random: 1, 37, 5, .rgba), Picture(random: 2, 37, 5, .gray)]
        let mask = Picture(random: 3, 37, 5)
        let result = try Steps(
            #"{ "op": "combine", "from": ["input", "b"], "function": "blend", "mask": "m" }"#
        ).run(pictures[0], with: ["b": pictures[1], "m": mask])
        let (a, b) = (pictures[0].values, pictures[1].values)
        let expected = Values(mask.size, channels: 4) { x, y, c in
            c == 3 ? a[x, y, c] : a[x, y, c] + (b[x, y, 0] - a[x, y, c]) * mask.values[x, y, 0] / 255
        }
        #expect(result.values.distance(to: expected) < 1e-4)
    }

    @Test func whatCannotBeCombinedIsRefused() throws {
        let picture = Picture(random: 1, 4, 4)
        for (step, text) in [
            (
                #"{ "op": "combine", "from": ["a", "b"], "function": "add", "weight": 0.5 }"#,
                "weight has no effect on add"
            ),
            (#"{ "op": "combine", "from": ["a", "b"], "function": "blend", "weight": 1.5 }"#, "allowed are 0...1"),
            (#"{ "op": "combine", "from": ["a", "b", "c"], "function": "blend" }"#, "blend takes 2 values"),
            (
                #"{ "op": "combine", "from": ["a", "b"], "function": "blend", "weight": 1, "mask": "m" }"#,
                "weight has no effect beside a mask"
            ),
            (#"{ "op": "combine", "from": ["a", "b"] }"#, #"the key "function" is missing"#),
        ] {
            #expect(Steps(step).faults().contains(text))
        }
        #expect(throws: OperationError.self) {
            try Steps(step(.add, 2)).run(picture, with: ["p1": Picture(random: 1, 4, 5)])
        }
    }
}
