import Foundation
import Raster
import Testing

@testable import Operations

/// One axis of the definition: the weight of every input sample for one output place.
private func weights(
    _ filter: ResampleFilter, input: Int, output: Int, extent: Double, place x: Int
) -> [Double] {
    let centre = (Double(input) - extent) / 2 + (Double(x) + 0.5) * extent / Double(output) - 0.5
    let shrink = max(1, extent / Double(output))
    let raw = (0..<input).map { i -> Double in
        let t = abs(Double(i) - centre) / shrink
        switch filter {
        case .nearest: return Double(i) == min((centre + 0.5).rounded(.down), Double(input - 1)) ? 1 : 0
        case .bilinear: return max(0, 1 - t)
        case .bicubic:
            if t >= 2 { return 0 }
            return t < 1 ? 1.5 * t * t * t - 2.5 * t * t + 1 : -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2
        case .lanczos:
            if t >= 3 { return 0 }
            return t == 0 ? 1 : sin(.pi * t) / (.pi * t) * sin(.pi * t / 3) / (.pi * t / 3)
        }
    }
    let sum = raw.reduce(0, +)
    return raw.map { $0 / sum }
}

extension Values {
    /// The definition of a resize, in doubles. `extent` is the part of the picture that is used.
    fileprivate func resized(
        to size: ImageSize, _ filter: ResampleFilter, extent: (Double, Double)? = nil
    ) -> Values {
        let extent = extent ?? (Double(self.size.width), Double(self.size.height))
        let across = (0..<size.width).map {
            weights(filter, input: self.size.width, output: size.width, extent: extent.0, place: $0)
        }
        let down = (0..<size.height).map {
            weights(filter, input: self.size.height, output: size.height, extent: extent.1, place: $0)
        }
        let narrow = Values(ImageSize(width: size.width, height: self.size.height), channels: channels) { x, y, c in
            (0..<self.size.width).reduce(0) { $0 + across[x][$1] * self[$1, y, c] }
        }
        return Values(size, channels: channels) { x, y, c in
            (0..<self.size.height).reduce(0) { $0 + down[y][$1] * narrow[x, $1, c] }
        }
    }

    fileprivate var premultiplied: Values {
        Values(size, channels: channels) { x, y, c in
            c == channels - 1 ? self[x, y, c] : self[x, y, c] * self[x, y, channels - 1] / 255
        }
    }
}

@Suite("A resize follows its definition")
struct ResizeTests {
    private static let targets = [(1, 1), (1, 9), (5, 1), (7, 4), (16, 16), (33, 5), (40, 71), (67, 12)]

    @Test(arguments: ResampleFilter.allCases, [ChannelLayout.gray, .rgb])
    func stretch(_ filter: ResampleFilter, _ layout: ChannelLayout) throws {
        for (index, (width, height)) in manySizes.enumerated() {
            for (w, h) in Self.targets {
                for type in [SampleType.uint8, .uint16] {
                    let picture = Picture(random: index, width, height, layout, type)
                    let step = """
                        { "op": "resize", "width": \(w), "height": \(h), "fit": "stretch", "filter": "\(filter.rawValue)" }
                        """
                    let result = try Steps(step).run(picture)
                    let expected = picture.values.resized(to: ImageSize(width: w, height: h), filter)
                    #expect(result.values.distance(to: expected) < (filter == .nearest ? 1e-10 : 2e-4))
                    #expect(result.values.samples.allSatisfy { result.format.values.widened(by: 1e-6).contains($0) })
                }
            }
        }
    }

    @Test(arguments: [ResampleFilter.bilinear, .bicubic, .lanczos], [ChannelLayout.grayAlpha, .rgba])
    func transparencyIsResampledPremultiplied(_ filter: ResampleFilter, _ layout: ChannelLayout) throws {
        for (index, (width, height)) in manySizes.enumerated() {
            for (w, h) in Self.targets {
                let picture = Picture(random: index, width, height, layout)
                if (w, h) == (width, height) { continue }
                let step = """
                    { "op": "resize", "width": \(w), "height": \(h), "fit": "stretch", "filter": "\(filter.rawValue)" }
                    """
                let result = try Steps(step).run(picture).values
                let size = ImageSize(width: w, height: h)
                let expected = picture.values.premultiplied.resized(to: size, filter)
                let last = layout.count - 1
                for y in 0..<h {
                    for x in 0..<w {
                        let alpha = expected[x, y, last]
                        #expect(abs(result[x, y, last] - min(max(alpha, 0), 255)) < 2e-4)
                        // Where almost nothing is left of alpha, the colour is a quotient of two roundings.
                        guard alpha > 0.5 else { continue }
                        for c in 0..<last {
                            let color = expected[x, y, c] * 255 / alpha
                            let tolerance = 2e-4 * (1 + 255 / alpha)
                            #expect(
                                abs(result[x, y, c] - color) < tolerance
                                    || result[x, y, c] < 0 && color < result[x, y, c]
                                    || result[x, y, c] > 255 && color > result[x, y, c])
                        }
                    }
                }
            }
        }
    }

    @Test func transparentColoursDoNotBleed() throws {
        // White, and beside it red that cannot be seen.
        var picture = Picture(random: 1, 16, 16, .rgba)
        for i in 0..<256 {
            let isShape = i % 16 < 8
            picture.samples.replaceSubrange(4 * i..<4 * i + 4, with: isShape ? [255, 255, 255, 255] : [255, 0, 0, 0])
        }
        for filter in ResampleFilter.allCases {
            let result = try Steps(#"{ "op": "resize", "width": 11, "filter": "\#(filter.rawValue)" }"#).run(picture)
            for i in 0..<result.values.size.pixelCount where result.bytes[4 * i + 3] > 0 {
                #expect(result.bytes[4 * i..<4 * i + 3].allSatisfy { $0 == 255 })
            }
        }
    }

    @Test(arguments: ResampleFilter.allCases) func aConstantStaysExactlyWhatItIs(_ filter: ResampleFilter) throws {
        for (layout, pixel) in [(ChannelLayout.gray, [93]), (.rgb, [1, 254, 77]), (.rgba, [3, 250, 9, 255])] {
            let size = ImageSize(width: 37, height: 23)
            let samples = (0..<size.pixelCount).flatMap { _ in pixel }
            for (w, h) in Self.targets + [(111, 64), (3, 2)] {
                let step = """
                    { "op": "resize", "width": \(w), "height": \(h), "fit": "stretch", "filter": "\(filter.rawValue)" }
                    """
                let result = try Steps(step).run(Picture(size, layout, samples: samples)).values
                let expected = Values(ImageSize(width: w, height: h), channels: pixel.count) {
                    Double(pixel[$2 + 0 * ($0 + $1)])
                }
                #expect(result == expected)
            }
        }
    }

    @Test func theSameSizeChangesNothing() throws {
        let picture = Picture(random: 1, 17, 9, .rgba)
        #expect(try Steps(#"{ "op": "resize", "width": 17 }"#).run(picture).values == picture.values)
        #expect(try Steps(#"{ "op": "resize", "scale": 1 }"#).run(picture).values == picture.values)
    }

    @Test(arguments: [
        (#""width": 50"#, 50, 25), (#""height": 10"#, 20, 10), (#""scale": 0.25"#, 25, 13), (#""scale": 0.004"#, 1, 1),
        (#""width": 30, "height": 30"#, 30, 15), (#""width": 300, "height": 30"#, 60, 30),
        (#""width": 30, "height": 30, "fit": "cover""#, 30, 30),
        (#""width": 30, "height": 40, "fit": "stretch""#, 30, 40), (#""width": 1, "height": 400"#, 1, 1),
        (#""width": 200, "enlarge": false"#, 100, 50), (#""scale": 2, "enlarge": false"#, 100, 50),
        (#""width": 400, "height": 300, "enlarge": false"#, 100, 50),
        (#""width": 400, "height": 30, "enlarge": false"#, 60, 30),
        (#""width": 400, "height": 30, "enlarge": false, "fit": "stretch""#, 100, 30),
        (#""width": 400, "height": 30, "enlarge": false, "fit": "cover""#, 100, 30),
    ])
    func sizes(_ keys: String, _ width: Int, _ height: Int) throws {
        let result = try Steps("{ \"op\": \"resize\", \(keys) }").run(Picture(random: 1, 100, 50))
        #expect(result.values.size == ImageSize(width: width, height: height))
    }

    @Test(arguments: ResampleFilter.allCases) func coverCutsBothSidesAlike(_ filter: ResampleFilter) throws {
        let picture = Picture(random: 4, 41, 23, .rgb)
        for (w, h) in [(10, 10), (23, 23), (50, 7), (3, 29), (60, 60)] {
            let step = """
                { "op": "resize", "width": \(w), "height": \(h), "fit": "cover", "filter": "\(filter.rawValue)" }
                """
            let scale = max(Double(w) / 41, Double(h) / 23)
            let expected = picture.values.resized(
                to: ImageSize(width: w, height: h), filter, extent: (Double(w) / scale, Double(h) / scale))
            #expect(try Steps(step).run(picture).values.distance(to: expected) < 2e-4)
        }
        // Without enlarging it is a crop of the middle.
        let step = #"{ "op": "resize", "width": 60, "height": 11, "fit": "cover", "enlarge": false }"#
        let expected = try Steps(#"{ "op": "crop", "width": 41, "height": 11 }"#).run(picture).values
        let result = try Steps(step).run(picture).values
        #expect(result.size == expected.size)
        #expect(result.distance(to: expected) == 0)
    }

    @Test func aCheckerboardOfLinearLightIs188() throws {
        let rows = (0..<64).map { y in (0..<64).map { x in (x + y) % 2 * 255 } }
        let step = #"{ "op": "resize", "width": 8, "filter": "bilinear", "space": "linear" }"#
        let result = try Steps(step).run(Picture(rows: rows))
        // At the edge, where half of the filter is missing, one colour has a little more weight.
        for y in 1..<7 { for x in 1..<7 { #expect(result.bytes[y * 8 + x] == 188) } }
    }

    @Test func whatSaysNoSizeOrTooMuchIsRefused() throws {
        for (keys, text) in [
            ("", "resize says no size"), (#", "scale": 0.5, "width": 3"#, "scale has no effect beside width"),
            (#", "width": 3, "fit": "cover""#, "fit has no effect without both"),
            (#", "width": 3, "filter": "nearest", "space": "linear""#, "space has no effect on nearest"),
            (#", "width": 0"#, "allowed are 1...65"), (#", "scale": 0"#, "scale is 0"),
        ] {
            #expect(Steps("{ \"op\": \"resize\"\(keys) }").faults().contains(text))
        }
        #expect(throws: OperationError.self) {
            try Steps(#"{ "op": "resize", "height": 65535 }"#).run(Picture(random: 1, 10, 1))
        }
    }
}
