import Dataflow
import Foundation
import Raster
import Testing

@testable import Operations

extension Picture {
    /// The samples as the file has them: whole numbers.
    fileprivate var whole: Values { Values(size, channels: layout.count, samples.map(Double.init)) }
    fileprivate var unit: Int { type == .uint8 ? 1 : 257 }
}

private func step(_ kernel: [[Int]], _ keys: String = "") -> String {
    "{ \"op\": \"convolve\", \"kernel\": \(kernel)\(keys.isEmpty ? "" : ", " + keys) }"
}

@Suite("A convolution of whole numbers is exact")
struct ExactConvolutionTests {
    @Test func theWorkedExampleOfTheLecture() throws {
        let picture = Picture(rows: [
            [3, 3, 5, 1, 2, 3], [3, 4, 0, 1, 4, 5], [5, 1, 2, 3, 2, 0], [5, 0, 4, 5, 2, 1], [3, 4, 3, 1, 0, 2],
            [2, 0, 4, 3, 5, 1],
        ])
        let result = try Steps(step([[0, 1, 0], [-1, 2, -1], [0, 1, 0]], #""border": "valid""#)).run(picture)
        #expect(result.values.rows() == [[9, 2, 2, 6], [-1, 4, 8, 7], [-4, 8, 8, 0], [2, 9, 7, 4]])
    }

    /// The lecture's filters as it writes them down.
    private static let filters: [(name: String, weights: [[Double]], divisor: Double)] = [
        ("edges", [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], 1),
        ("sharpen", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], 1),
        ("blur", [[1, 1, 1], [1, 1, 1], [1, 1, 1]], 9),
    ]

    @Test(arguments: [ChannelLayout.gray, .rgb], [SampleType.uint8, .uint16])
    func theFiltersOfTheLecture(_ layout: ChannelLayout, _ type: SampleType) throws {
        for filter in Self.filters {
            for (index, (width, height)) in (manySizes + [(301, 40)]).enumerated() {
                let picture = Picture(random: index, width, height, layout, type)
                let result = try Steps(#"{ "op": "convolve", "kernel": "\#(filter.name)" }"#).run(picture)
                let expected = picture.values.convolved(
                    with: ConvolutionKernel(filter.weights, divisor: filter.divisor))
                #expect(result.format.isExact)
                #expect(result.values.distance(to: expected) < 1e-9)
                if type == .uint8 { #expect(result.bytes == expected.bytes) }
            }
        }
    }

    @Test(arguments: NamedKernel.allCases) func everyNamedKernel(_ kernel: NamedKernel) throws {
        let picture = Picture(random: 1, 53, 17, .rgb)
        let result = try Steps(#"{ "op": "convolve", "kernel": "\#(kernel.rawValue)" }"#).run(picture)
        let expected = picture.values.convolved(
            with: ConvolutionKernel(kernel.weights, divisor: kernel == .blur ? 9 : 1))
        #expect(result.values.distance(to: expected) < 1e-10)
        #expect(result.bytes == expected.bytes)
    }

    /// Kernels of many shapes: noise, rank 1, equal rows, zeros, small and large weights.
    private static func kernels(_ rows: Int, _ columns: Int, _ randomness: inout Randomness) -> [[[Int]]] {
        func noise(_ most: Int) -> [[Int]] {
            (0..<rows).map { _ in (0..<columns).map { _ in Int.random(in: -most...most, using: &randomness) } }
        }
        let down = (0..<rows).map { _ in Int.random(in: -3...3, using: &randomness) }
        let across = (0..<columns).map { _ in Int.random(in: -3...3, using: &randomness) }
        let row = (0..<columns).map { _ in Int.random(in: -2...2, using: &randomness) }
        return [
            noise(1), noise(9), noise(200), noise(100_000),
            down.map { d in across.map { d * $0 } },
            (0..<rows).map { $0 % 2 == 0 ? row : row.reversed() },
            [[Int]](repeating: [Int](repeating: 1, count: columns), count: rows),
        ]
    }

    private func check(
        _ kernel: [[Int]], _ picture: Picture, _ border: BorderMode, stride: Int = 1, divisor: Int = 1, offset: Int = 0,
        _ place: SourceLocation = #_sourceLocation
    ) throws {
        let keys = """
            "border": "\(border.rawValue)", "stride": \(stride), "divisor": \(divisor), "offset": \(offset)
            """
        if border == .valid, kernel.count > picture.size.height || kernel[0].count > picture.size.width {
            #expect(throws: OperationError.self, sourceLocation: place) { try Steps(step(kernel, keys)).run(picture) }
            return
        }
        let result = try Steps(step(kernel, keys)).run(picture)
        // Sums of whole samples, which doubles hold exactly, and one division.
        let sums = picture.whole.convolved(
            with: ConvolutionKernel(kernel.map { $0.map(Double.init) }), border: border, stride: stride)
        let total = Double(picture.unit * divisor)
        let expected = Values(
            sums.size, channels: sums.channels, sums.samples.map { ($0 + Double(offset) * total) / total })
        #expect(result.values.size == expected.size, sourceLocation: place)
        let largest = sums.samples.reduce(0) { max($0, abs($1)) } + Double(offset) * total
        // Beyond 2³¹ numbers are real; there each of them has 24 bits.
        let tolerance = result.format.isExact ? 1e-9 : largest / abs(total) * 1e-5 + 1e-3
        #expect(result.values.distance(to: expected) <= tolerance, sourceLocation: place)
        if result.format.isExact, picture.type == .uint8 {
            #expect(result.bytes == expected.bytes, sourceLocation: place)
        }
        let bounds = result.format.values.widened(by: 1e-6)
        #expect(result.values.samples.allSatisfy { bounds.contains($0) }, sourceLocation: place)
    }

    @Test(
        arguments: BorderMode.allCases,
        [
            (1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (4, 3), (5, 5), (7, 2), (1, 9), (6, 6), (16, 15), (63, 63),
            (62, 1), (1, 63),
        ])
    func everyBorderAndSize(_ border: BorderMode, _ shape: (Int, Int)) throws {
        var randomness = Randomness(shape.0 * 64 + shape.1)
        let isLarge = shape.0 * shape.1 > 100
        let sizes = isLarge ? [(2, 1), (67, 63)] : [(1, 1), (1, 7), (9, 1), (17, 9), (67, 12)]
        for (index, (width, height)) in sizes.enumerated() {
            let kernels = Self.kernels(shape.0, shape.1, &randomness)
            for kernel in isLarge ? [kernels[2], kernels[4], kernels[6]] : kernels {
                let layout: ChannelLayout = index % 2 == 0 || isLarge ? .gray : .rgb
                try check(kernel, Picture(random: index, width, height, layout), border)
                if !isLarge {
                    try check(kernel, Picture(random: index, width, height, layout, .uint16), border, divisor: 3)
                }
            }
        }
    }

    @Test(arguments: BorderMode.allCases, [2, 3, 5, 64]) func strides(_ border: BorderMode, _ stride: Int) throws {
        var randomness = Randomness(stride)
        for (rows, columns) in [(1, 1), (3, 3), (4, 5)] {
            for (width, height) in [(1, 1), (5, 4), (17, 9), (67, 12), (400, 7)] {
                for layout in [ChannelLayout.gray, .rgb] {
                    for kernel in Self.kernels(rows, columns, &randomness).prefix(3) {
                        try check(kernel, Picture(random: width, width, height, layout), border, stride: stride)
                    }
                }
            }
        }
    }

    @Test(arguments: [1, -1, 2, 9, -9, 16, 273, 1000, -1_000_000]) func divisorsAndOffsets(_ divisor: Int) throws {
        let picture = Picture(random: 3, 37, 11, .rgb)
        for offset in [0, 128, -300] {
            for kernel in [[[1]], [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], [[1, 2, 1], [2, 4, 2], [1, 2, 1]]] {
                try check(kernel, picture, .replicate, divisor: divisor, offset: offset)
            }
        }
    }

    @Test func aChainKeepsWholeNumbersAndRoundsOnce() throws {
        let picture = Picture(random: 8, 61, 33, .rgb)
        let result = try Steps(
            #"{ "op": "convolve", "kernel": "blur" }"#, #"{ "op": "convolve", "kernel": "sharpen" }"#,
            #"{ "op": "convolve", "kernel": "edges" }"#
        ).run(picture)
        let expected = picture.values
            .convolved(with: ConvolutionKernel(NamedKernel.blur.weights, divisor: 9))
            .convolved(with: ConvolutionKernel(NamedKernel.sharpen.weights))
            .convolved(with: ConvolutionKernel(NamedKernel.edges.weights))
        #expect(result.format.isExact)
        #expect(result.values.distance(to: expected) < 1e-9)
        // A ninth is never a half, so no rounding is a matter of the last bit.
        #expect(result.bytes == expected.bytes)
    }
}

@Suite("A convolution with real weights is close to its definition")
struct RealConvolutionTests {
    private func check(_ result: Steps.Result, _ expected: Values, _ place: SourceLocation = #_sourceLocation) {
        #expect(result.values.distance(to: expected) < 1e-3, sourceLocation: place)
        for (byte, value) in zip(result.bytes, expected.samples) {
            let clipped = min(max(value, 0), 255)
            if abs(clipped - clipped.rounded(.down) - 0.5) < 1e-3 { continue }
            #expect(Double(byte) == clipped.rounded(.toNearestOrAwayFromZero), sourceLocation: place)
        }
    }

    private func gaussian(_ sigma: Double) -> ConvolutionKernel {
        let radius = Int((3 * sigma).rounded(.up))
        let row = (-radius...radius).map { x in exp(-Double(x * x) / (2 * sigma * sigma)) }
        let sum = row.reduce(0, +)
        return ConvolutionKernel(row.map { a in row.map { a * $0 / sum / sum } })
    }

    @Test(arguments: [0.3, 0.8, 1.5, 4], BorderMode.allCases) func gaussians(_ sigma: Double, _ border: BorderMode)
        throws
    {
        let picture = Picture(random: 2, 41, 37, .rgb)
        let result = try Steps(
            #"{ "op": "convolve", "kernel": { "gaussian": \#(sigma) }, "border": "\#(border.rawValue)" }"#
        ).run(picture)
        check(result, picture.values.convolved(with: gaussian(sigma), border: border))
    }

    @Test(arguments: BorderMode.allCases, [1, 3]) func weightsThatAreNoWholeNumbers(_ border: BorderMode, _ stride: Int)
        throws
    {
        var randomness = Randomness(6)
        for (rows, columns) in [(1, 1), (2, 3), (5, 4)] {
            let weights = (0..<rows).map { _ in (0..<columns).map { _ in Double.random(in: -1...1, using: &randomness) }
            }
            let picture = Picture(random: rows, 45, 19, .rgb, .uint16)
            let result = try Steps(
                """
                { "op": "convolve", "kernel": \(weights), "divisor": 1.7, "offset": 0.3,
                  "border": "\(border.rawValue)", "stride": \(stride) }
                """
            ).run(picture)
            check(
                result,
                picture.values.convolved(
                    with: ConvolutionKernel(weights, divisor: 1.7), offset: 0.3, border: border, stride: stride))
        }
    }

    @Test(arguments: BorderMode.allCases, [(1, 1), (1, 7), (9, 1), (2, 2), (3, 5)])
    func picturesSmallerThanTheKernel(_ border: BorderMode, _ size: (Int, Int)) throws {
        var randomness = Randomness(9)
        for (rows, columns) in [(2, 2), (4, 1), (6, 8), (11, 11)] {
            let weights = (0..<rows).map { _ in
                (0..<columns).map { _ in Double.random(in: -1...1, using: &randomness) / Double(rows) }
            }
            let picture = Picture(random: columns, size.0, size.1, .rgb)
            let steps = Steps(#"{ "op": "convolve", "kernel": \#(weights), "border": "\#(border.rawValue)" }"#)
            if border == .valid, size.0 < columns || size.1 < rows {
                #expect(throws: OperationError.self) { try steps.run(picture) }
            } else {
                check(
                    try steps.run(picture), picture.values.convolved(with: ConvolutionKernel(weights), border: border))
            }
        }
    }

    @Test func aChainThatExceeds32BitsGoesOnInFloatsAndTellsTheError() throws {
        let picture = Picture(random: 3, 31, 12, .rgb)
        let first = [[30_000.0, -1, 2], [1, 5, 9], [1, 30_000, 2]]
        let second = [[20_000.0, -1, 2], [1, 5, 9], [1, 30_000, 2]]
        let result = try Steps(
            #"{ "op": "convolve", "kernel": \#(first) }"#,
            #"{ "op": "convolve", "kernel": \#(second), "divisor": 1.8e9 }"#
        ).run(picture)
        #expect(!result.format.isExact)
        #expect(result.summaries.contains { $0.contains("float32, error below 0.00028 of 255") })
        check(
            result,
            picture.values.convolved(with: ConvolutionKernel(first))
                .convolved(with: ConvolutionKernel(second, divisor: 1.8e9)))
    }

    @Test func whatNoSampleCanHoldIsRefused() throws {
        let picture = Picture(random: 3, 9, 9)
        let step = #"{ "op": "convolve", "kernel": [[1e30]] }"#
        _ = try Steps(step).run(picture)
        #expect { try Steps(step, step).run(picture) } throws: { ($0 as? OperationError)?.code == "out-of-range" }
    }

    @Test func decimalWeightsAreTakenAsTheFractionsTheyAre() throws {
        let picture = Picture(random: 1, 30, 12)
        let result = try Steps(#"{ "op": "convolve", "kernel": [[0.1, 0.2, 0.7]] }"#).run(picture)
        #expect(result.format.isExact)
        check(result, picture.values.convolved(with: ConvolutionKernel([[1, 2, 7]], divisor: 10)))
    }

    @Test(arguments: [1, 2, 7, 31]) func boxes(_ radius: Int) throws {
        let picture = Picture(random: radius, 50, 23, .rgb)
        let side = 2 * radius + 1
        let ones = [[Double]](repeating: [Double](repeating: 1, count: side), count: side)
        let result = try Steps(#"{ "op": "convolve", "kernel": { "box": \#(radius) } }"#).run(picture)
        check(result, picture.values.convolved(with: ConvolutionKernel(ones, divisor: Double(side * side))))
        #expect(result.format.isExact)
    }

    @Test func unsharpMasks() throws {
        let picture = Picture(random: 4, 50, 23, .rgb)
        let step = """
            { "op": "convolve", "kernel": { "unsharp": { "sigma": 1.2, "amount": 0.7, "threshold": 20 } }, "offset": 2 }
            """
        let blurred = picture.values.convolved(with: gaussian(1.2))
        let expected = Values(picture.size, channels: 3) { x, y, c in
            let difference = picture.values[x, y, c] - blurred[x, y, c]
            return picture.values[x, y, c] + (abs(difference) >= 20 ? 0.7 * difference : 0) + 2
        }
        check(try Steps(step).run(picture), expected)
    }
}

@Suite("The keys around a kernel do what they say")
struct ConvolutionKeyTests {
    private static let edges = ConvolutionKernel(NamedKernel.edges.weights)

    @Test func onlySelectedChannelsAreConvolved() throws {
        for layout in [ChannelLayout.rgb, .rgba] {
            var picture = Picture(random: 5, 31, 14, layout)
            if layout == .rgba {
                for i in stride(from: 3, to: picture.samples.count, by: 4) { picture.samples[i] = 255 }
            }
            let edges = picture.values.convolved(with: Self.edges)
            let result = try Steps(#"{ "op": "convolve", "kernel": "edges", "channels": ["red", "blue"] }"#).run(
                picture)
            let expected = Values(picture.size, channels: layout.count) { x, y, c in
                c == 0 || c == 2 ? edges[x, y, c] : picture.values[x, y, c]
            }
            #expect(result.values.distance(to: expected) < 1e-9)
        }
        let picture = Picture(random: 5, 31, 14, .gray)
        let gray = try Steps(#"{ "op": "convolve", "kernel": "edges", "channels": "gray" }"#).run(picture)
        #expect(gray.values.distance(to: picture.values.convolved(with: Self.edges)) < 1e-9)
        #expect(throws: OperationError.self) {
            try Steps(#"{ "op": "convolve", "kernel": "edges", "channels": "red" }"#).run(picture)
        }
    }

    @Test func aMaskSaysWhere() throws {
        let picture = Picture(random: 6, 31, 14, .rgb)
        let mask = Picture(random: 7, 31, 14)
        let result = try Steps(#"{ "op": "convolve", "kernel": "blur", "mask": "m" }"#).run(picture, with: ["m": mask])
        let blurred = picture.values.convolved(with: ConvolutionKernel(NamedKernel.blur.weights, divisor: 9))
        let expected = Values(picture.size, channels: 3) { x, y, c in
            let weight = mask.values[x, y, 0] / 255
            return picture.values[x, y, c] * (1 - weight) + blurred[x, y, c] * weight
        }
        #expect(result.values.distance(to: expected) < 1e-3)
        for wrong in [Picture(random: 7, 31, 13), Picture(random: 7, 31, 14, .rgb)] {
            #expect(throws: OperationError.self) {
                try Steps(#"{ "op": "convolve", "kernel": "blur", "mask": "m" }"#).run(picture, with: ["m": wrong])
            }
        }
    }

    @Test func aFunctionFollowsTheSum() throws {
        let picture = Picture(random: 8, 31, 14, .rgb)
        let edges = picture.values.convolved(with: Self.edges)
        for (function, f) in [
            (#""relu""#, { max(0, $0) }), (#""abs""#, { abs($0) }),
            (#"{ "function": "threshold", "level": 100 }"#, { $0 >= 100 ? 255 : 0 }),
            (#"{ "function": "sigmoid", "gain": 0.02, "scale": 255 }"#, { 255 / (1 + exp(-0.02 * $0)) }),
        ] as [(String, (Double) -> Double)] {
            let result = try Steps(#"{ "op": "convolve", "kernel": "edges", "function": \#(function) }"#).run(picture)
            let expected = Values(picture.size, channels: 3, edges.samples.map(f))
            #expect(result.values.distance(to: expected) < 1e-4)
        }
    }

    @Test func aCheckerboardOfLinearLightIs188() throws {
        let picture = Picture(rows: (0..<32).map { y in (0..<32).map { x in (x + y) % 2 * 255 } })
        let step =
            #"{ "op": "convolve", "kernel": [[1, 1], [1, 1]], "divisor": 4, "space": "linear", "border": "valid" }"#
        #expect(try Steps(step).run(picture).bytes.allSatisfy { $0 == 188 })
        // As the samples are stored it is the mean of the numbers.
        let encoded = step.replacing("linear", with: "encoded")
        #expect(try Steps(encoded).run(picture).bytes.allSatisfy { $0 == 128 })
    }

    @Test func contradictionsAreRefused() {
        for (keys, text) in [
            (#""kernel": "edges", "divisor": 0"#, "divisor is 0"),
            (#""kernel": { "gaussian": 1 }, "divisor": 3"#, "add up to 1 already"),
            (#""kernel": "edges", "border": "valid", "channels": ["red"]"#, "cannot be put back"),
            (#""kernel": "edges", "stride": 2, "mask": "m""#, "cannot be put back"),
            (#""kernel": { "unsharp": { "sigma": 1 } }, "stride": 2"#, "has the size of the picture"),
            (#""kernel": "edges", "function": "normalize""#, "looks at the whole picture"),
            (#""kernel": [[1, 2], [3]]"#, "row 2 of kernel has 1 numbers"),
            (#""kernel": { "box": 2, "gaussian": 1 }"#, "kernel has 2 keys"),
            (#""kernel": "edges", "stride": 65"#, "allowed are 1...64"),
        ] {
            #expect(Steps("{ \"op\": \"convolve\", \(keys) }").faults().contains(text), "\(keys)")
        }
    }
}
