import Foundation
import Raster
import Testing

@testable import Operations

@Suite("A rotation turns clockwise about the middle")
struct RotateTests {
    /// Keys' cubic, a = −½.
    private func cubic(_ x: Double) -> Double {
        let t = abs(x)
        if t >= 2 { return 0 }
        return t < 1 ? 1.5 * t * t * t - 2.5 * t * t + 1 : -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2
    }

    /// The definition: every pixel within reach of the place, or `outside`, by its weight.
    private func turned(
        _ input: Values, degrees: Double, _ filter: Rotate.Filter, expand: Bool, outside: [Double]
    ) -> Values {
        let (sine, cosine) = (sin(degrees * .pi / 180), cos(degrees * .pi / 180))
        let (width, height) = (Double(input.size.width), Double(input.size.height))
        let size =
            expand
            ? ImageSize(
                width: Int((width * abs(cosine) + height * abs(sine) - 1e-6).rounded(.up)),
                height: Int((width * abs(sine) + height * abs(cosine) - 1e-6).rounded(.up))) : input.size
        return Values(size, channels: input.channels) { x, y, c in
            let dx = Double(x) + 0.5 - Double(size.width) / 2
            let dy = Double(y) + 0.5 - Double(size.height) / 2
            let u = dx * cosine + dy * sine + width / 2 - 0.5
            let v = -dx * sine + dy * cosine + height / 2 - 0.5
            var sum = 0.0
            for i in Int(v.rounded(.down)) - 2...Int(v.rounded(.down)) + 3 {
                for j in Int(u.rounded(.down)) - 2...Int(u.rounded(.down)) + 3 {
                    let (du, dv) = (Double(j) - u, Double(i) - v)
                    let weight =
                        filter == .bilinear ? max(0, 1 - abs(du)) * max(0, 1 - abs(dv)) : cubic(du) * cubic(dv)
                    let isInside = j >= 0 && i >= 0 && j < input.size.width && i < input.size.height
                    sum += weight * (isInside ? input[j, i, c] : outside[c])
                }
            }
            return sum
        }
    }

    @Test(arguments: [30.0, -2.5, 117, 271.5, 0.001], Rotate.Filter.allCases)
    func anyAngle(_ angle: Double, _ filter: Rotate.Filter) throws {
        for (width, height) in manySizes {
            for (layout, fill) in [(ChannelLayout.gray, [149.685]), (.rgb, [255.0, 128, 0])] {
                for expand in [true, false] {
                    let picture = Picture(random: width + height, width, height, layout)
                    let step = """
                        { "op": "rotate", "angle": \(angle), "filter": "\(filter.rawValue)", "expand": \(expand),
                          "background": "#ff8000" }
                        """
                    let gray = 0.299 * 255 + 0.587 * 128
                    let result = try Steps(step).run(picture)
                    let expected = turned(
                        picture.values, degrees: angle, filter, expand: expand,
                        outside: layout == .gray ? [gray] : fill)
                    #expect(result.values.distance(to: expected) < 1e-3)
                }
            }
        }
    }

    @Test(arguments: Rotate.Filter.allCases, ChannelLayout.allCases)
    func transparentCorners(_ filter: Rotate.Filter, _ layout: ChannelLayout) throws {
        let picture = Picture(random: 5, 23, 14, layout)
        let colors = layout.colorCount
        let values = picture.values
        let premultiplied = Values(picture.size, channels: colors + 1) { x, y, c in
            let alpha = layout.hasAlpha ? values[x, y, colors] : 255
            return c == colors ? alpha : values[x, y, c] * alpha / 255
        }
        let expected = turned(
            premultiplied, degrees: 20, filter, expand: true, outside: [Double](repeating: 0, count: colors + 1))
        let step = #"{ "op": "rotate", "angle": 20, "filter": "\#(filter.rawValue)" }"#
        let result = try Steps(step).run(picture).values
        #expect(result.channels == colors + 1)
        #expect(result.size == expected.size)
        for y in 0..<result.size.height {
            for x in 0..<result.size.width {
                let alpha = expected[x, y, colors]
                #expect(abs(result[x, y, colors] - min(max(alpha, 0), 255)) < 1e-3)
                guard filter == .bilinear, alpha > 0.5 else { continue }
                for c in 0..<colors {
                    #expect(abs(result[x, y, c] - expected[x, y, c] * 255 / alpha) < 1e-3 * (1 + 255 / alpha))
                }
            }
        }
    }

    @Test(arguments: ChannelLayout.allCases) func quartersAreExact(_ layout: ChannelLayout) throws {
        for (width, height) in manySizes {
            let picture = Picture(random: 7, width, height, layout, .uint16)
            let values = picture.values
            let quarter = Values(picture.size.transposed, channels: layout.count) { x, y, c in
                values[y, height - 1 - x, c]
            }
            for angle in [90, -270, 450, 3330] {
                #expect(try Steps(#"{ "op": "rotate", "angle": \#(angle) }"#).run(picture).values == quarter)
            }
            let turn = #"{ "op": "rotate", "angle": 90 }"#
            #expect(
                try Steps(turn, turn).run(picture).values
                    == Steps(#"{ "op": "rotate", "angle": 180 }"#).run(picture).values)
            #expect(try Steps(turn, #"{ "op": "rotate", "angle": 270 }"#).run(picture).values == values)
            #expect(try Steps(turn, turn, turn, turn).run(picture).values == values)
        }
    }

    @Test(arguments: Rotate.Filter.allCases) func aConstantStaysExactlyWhatItIs(_ filter: Rotate.Filter) throws {
        let size = ImageSize(width: 31, height: 17)
        let picture = Picture(size, .rgb, samples: [Int](repeating: 51, count: size.pixelCount * 3))
        let step = """
            { "op": "rotate", "angle": 33, "filter": "\(filter.rawValue)", "background": "#333333" }
            """
        #expect(try Steps(step).run(picture).values.samples.allSatisfy { $0 == 51 })
    }

    @Test func keysWithoutEffectAreRefused() {
        for key in [#""filter": "bilinear""#, #""expand": true"#, ##""background": "#fff""##] {
            #expect(
                Steps("{ \"op\": \"rotate\", \"angle\": 180, \(key) }").faults().contains(
                    "has no effect on whole quarters"))
        }
        #expect(Steps(#"{ "op": "rotate" }"#).faults().contains(#"the key "angle" is missing"#))
        #expect(Steps(#"{ "op": "rotate", "angle": 5, "background": "red" }"#).faults().contains("background"))
        #expect(Steps(#"{ "op": "rotate", "angle": 5, "background": "transparent" }"#).faults() == "")
    }
}
