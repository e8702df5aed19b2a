import Dataflow
import Raster
import Testing

@testable import Operations

@Suite("Transparency never bleeds")
struct TransparencyTests {
    /// `Σ kᵢ·(wᵢ·cᵢ + (1 − wᵢ)·c₀) / divisor + offset` with `wᵢ = min(1, αᵢ/α₀)`; where α₀ is 0 the colour is kept.
    private func convolved(
        _ input: Values, _ kernel: ConvolutionKernel, offset: Double = 0, border: BorderMode = .replicate,
        stride: Int = 1
    ) -> Values {
        let last = input.channels - 1
        let isValid = border == .valid
        let anchor = (x: kernel.columns / 2, y: kernel.rows / 2)
        let span = (
            width: input.size.width - (isValid ? kernel.columns - 1 : 0),
            height: input.size.height - (isValid ? kernel.rows - 1 : 0)
        )
        let size = ImageSize(width: (span.width + stride - 1) / stride, height: (span.height + stride - 1) / stride)
        return Values(size, channels: input.channels) { x, y, c in
            let centre = (x: x * stride + (isValid ? anchor.x : 0), y: y * stride + (isValid ? anchor.y : 0))
            let own = input[centre.x, centre.y, last]
            let color = input[centre.x, centre.y, c]
            if c == last || own == 0 { return color }
            var sum = 0.0
            for i in 0..<kernel.rows {
                for j in 0..<kernel.columns {
                    let u = beyond(centre.x + j - anchor.x, input.size.width, border)
                    let v = beyond(centre.y + i - anchor.y, input.size.height, border)
                    var (alpha, sample) = (0.0, 0.0)
                    if let u, let v { (alpha, sample) = (input[u, v, last], input[u, v, c]) }
                    let weight = min(1, alpha / own)
                    sum += kernel[i, j] * (weight * sample + (1 - weight) * color)
                }
            }
            return sum / kernel.divisor + offset
        }
    }

    @Test(arguments: [ChannelLayout.grayAlpha, .rgba], BorderMode.allCases)
    func theRule(_ layout: ChannelLayout, _ border: BorderMode) throws {
        let kernels = [
            ConvolutionKernel(NamedKernel.edges.weights), ConvolutionKernel(NamedKernel.blur.weights, divisor: 9),
            ConvolutionKernel([[1, 2], [3, 4]], divisor: -7), ConvolutionKernel([[0.5, 0.31, -2]], divisor: 1.3),
            ConvolutionKernel([[5, 7, 9, 3], [1, 1, 1, 1], [300, 2, 2, 2], [0, 0, 9, 1], [1, 2, 3, 4]]),
        ]
        for kernel in kernels {
            for (index, (width, height)) in manySizes.enumerated()
            where border != .valid || kernel.rows <= height && kernel.columns <= width {
                for type in [SampleType.uint8, .uint16] {
                    for stride in [1, 3] {
                        let picture = Picture(random: index, width, height, layout, type)
                        let matrix = (0..<kernel.rows).map { r in (0..<kernel.columns).map { kernel[r, $0] } }
                        let step = """
                            { "op": "convolve", "kernel": \(matrix), "divisor": \(kernel.divisor), "offset": 4,
                              "border": "\(border.rawValue)", "stride": \(stride) }
                            """
                        let result = try Steps(step).run(picture)
                        let expected = convolved(picture.values, kernel, offset: 4, border: border, stride: stride)
                        // Where the centre is transparent the colour is kept, without the offset.
                        let largest = expected.samples.reduce(255) { max($0, abs($1)) }
                        #expect(result.values.distance(to: expected) < largest * 1e-5)
                    }
                }
            }
        }
    }

    /// A white shape, beside red that cannot be seen.
    private static func shape(alpha: Int = 255) -> Picture {
        var picture = Picture(random: 1, 24, 16, .rgba)
        for i in 0..<24 * 16 {
            let (x, y) = (i % 24, i / 24)
            let isShape = (x - 11) * (x - 11) + (y - 8) * (y - 8) < 30
            picture.samples.replaceSubrange(
                4 * i..<4 * i + 4, with: isShape ? [255, 255, 255, alpha] : [255, 0, 0, 0])
        }
        return picture
    }

    @Test(arguments: [1, 77, 255]) func aWhiteShapeStaysWhite(_ alpha: Int) throws {
        let picture = Self.shape(alpha: alpha)
        for kernel in ["\"blur\"", "\"sharpen\"", "{ \"gaussian\": 2 }", "{ \"box\": 3 }"] {
            let result = try Steps(#"{ "op": "convolve", "kernel": \#(kernel) }"#).run(picture)
            #expect(result.bytes == picture.samples.map { UInt8($0) })
        }
    }

    @Test func aZeroSumKernelDrawsNoEdgeThere() throws {
        let picture = Self.shape()
        let result = try Steps(#"{ "op": "convolve", "kernel": "edges" }"#).run(picture).values
        for i in 0..<24 * 16 where picture.samples[4 * i + 3] > 0 {
            for c in 0..<3 { #expect(result.samples[4 * i + c] == 0) }
        }
    }

    @Test func whereNothingCanBeSeenTheColourIsKept() throws {
        let picture = Self.shape()
        let result = try Steps(#"{ "op": "convolve", "kernel": "blur", "offset": 9 }"#).run(picture).values
        for i in 0..<24 * 16 where picture.samples[4 * i + 3] == 0 {
            #expect(Array(result.samples[4 * i..<4 * i + 4]) == [255, 0, 0, 0])
        }
    }

    @Test(arguments: [1, 100, 255]) func uniformAlphaIsTreatedLikeAnOpaquePicture(_ alpha: Int) throws {
        var picture = Picture(random: 3, 33, 21, .rgba)
        for i in stride(from: 3, to: picture.samples.count, by: 4) { picture.samples[i] = alpha }
        let opaque = Picture(
            picture.size, .rgb, samples: picture.samples.indices.filter { $0 % 4 < 3 }.map { picture.samples[$0] })
        for step in [
            #"{ "op": "convolve", "kernel": "edges" }"#, #"{ "op": "convolve", "kernel": "blur" }"#,
            #"{ "op": "convolve", "kernel": [[1, 2, 1], [2, 4, 2], [1, 2, 1]], "divisor": 16, "stride": 2 }"#,
        ] {
            let result = try Steps(step).run(picture)
            let expected = try Steps(step).run(opaque)
            for c in 0..<3 { #expect(result.values.plane(c).distance(to: expected.values.plane(c)) < 1e-10) }
            #expect(result.values.plane(3).samples.allSatisfy { $0 == Double(alpha) })
        }
    }

    @Test func namingAlphaConvolvesPremultiplied() throws {
        let picture = Picture(random: 9, 20, 15, .rgba)
        let step = #"{ "op": "convolve", "kernel": "blur", "channels": ["red", "green", "blue", "alpha"] }"#
        let result = try Steps(step).run(picture).values
        let values = picture.values
        let premultiplied = Values(picture.size, channels: 4) { x, y, c in
            c == 3 ? values[x, y, c] : values[x, y, c] * values[x, y, 3] / 255
        }
        let blurred = premultiplied.convolved(with: ConvolutionKernel(NamedKernel.blur.weights, divisor: 9))
        let expected = Values(picture.size, channels: 4) { x, y, c in
            let alpha = blurred[x, y, 3]
            return c == 3 ? alpha : (alpha > 0 ? blurred[x, y, c] * 255 / alpha : 0)
        }
        #expect(result.distance(to: expected) < 1e-2)
    }

    @Test func alphaNamedWithoutColoursLeavesThemAlone() throws {
        let picture = Picture(random: 9, 20, 15, .rgba)
        let result = try Steps(#"{ "op": "convolve", "kernel": "blur", "channels": "alpha" }"#).run(picture).values
        let alpha = picture.values.plane(3).convolved(with: ConvolutionKernel(NamedKernel.blur.weights, divisor: 9))
        #expect(result.plane(3).distance(to: alpha) < 1e-3)
        for c in 0..<3 { #expect(result.plane(c) == picture.values.plane(c)) }
    }

    @Test func aFunctionLeavesAlphaAlone() throws {
        for type in [SampleType.uint8, .uint16] {
            let picture = Picture(random: 9, 20, 15, .rgba, type)
            for function in PointFunction.Name.allCases {
                let result = try Steps(#"{ "op": "apply", "function": "\#(function.rawValue)", "gain": 0.01 }"#).run(
                    picture)
                #expect(result.values.plane(3).distance(to: picture.values.plane(3)) < 1e-4, "\(function)")
            }
        }
    }
}
