import Foundation
import Specification
import PipelineTestSupport
import Testing

@Suite("Every shipped pipeline does what its comment says")
struct ShippedPipelinesTests {
    /// The pipelines that a test below runs.
    static let tested = [
        "blur", "channel-swap", "denoise-sharpen", "edges", "emboss", "find-pattern", "gray", "neuron", "red-channel",
        "sharpen", "sobel-magnitude", "thumbnail", "unsharp-web",
    ]

    @Test func everyShippedPipelineIsTested() throws {
        #expect(try Shipped.names == Self.tested)
    }

    @Test(arguments: tested)
    func itBeginsWithAComment(_ name: String) throws {
        let text = try Shipped.text(name)
        #expect(text.hasPrefix("// "))
        #expect(text.contains(#""$schema": "../Config/pipeline.schema.json""#))
        #expect(text.contains(#""name": "\#(name)""#), "the name inside is the name of the file")
    }

    @Test(arguments: tested)
    func itIsReadWithoutAWarning(_ name: String) throws {
        let (pipeline, diagnostics) = Shipped.read(SourceText(file: name, text: try Shipped.text(name)))
        #expect(pipeline != nil && diagnostics.isEmpty, "\(diagnostics.render())")
    }

    @Test func edgesAreThoseOfTheDefinition() throws {
        let picture = Picture.random(37, 23, .rgb)
        let result = try Shipped.run("edges", on: picture).picture()
        #expect(result == picture.correlated([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]))
    }

    @Test func sharpenIsThatOfTheDefinition() throws {
        let picture = Picture.random(37, 23, .rgb)
        let result = try Shipped.run("sharpen", on: picture).picture()
        #expect(result == picture.correlated([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]))
    }

    @Test func blurIsThatOfTheDefinition() throws {
        let picture = Picture.random(37, 23, .rgb)
        let ones = [[Double]](repeating: [1, 1, 1], count: 3)
        #expect(try Shipped.run("blur", on: picture).picture() == picture.correlated(ones, divisor: 9))
    }

    @Test func embossIsThatOfTheDefinitionAndGrayWhereThePictureIsEven() throws {
        let picture = Picture.random(37, 23, .gray)
        let kernel: [[Double]] = [[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]
        #expect(try Shipped.run("emboss", on: picture).picture() == picture.correlated(kernel, offset: 128))
        let even = try Shipped.run("emboss", on: Picture(9, 9, .rgb) { _, _, _ in 77 }).picture()
        #expect(even == Picture(9, 9, .gray) { _, _, _ in 128 })
    }

    /// On a slope of 3 to the right and 4 downwards the Sobel kernels give 24 and 32: the magnitude is 40.
    @Test func sobelMagnitudeOfASlope() throws {
        let slope = Picture(20, 20, .gray) { x, y, _ in 3 * x + 4 * y }
        let result = try Shipped.run("sobel-magnitude", on: slope).picture()
        for y in 1..<19 {
            for x in 1..<19 { #expect(result[x, y] == 40, "at \(x), \(y)") }
        }
    }

    @Test func redIsTheRedChannel() throws {
        let picture = Picture.random(19, 11, .rgb)
        let result = try Shipped.run("red-channel", on: picture).picture()
        #expect(result == Picture(19, 11, .gray) { x, y, _ in picture[x, y, 0] })
    }

    @Test func redAndBlueAreExchanged() throws {
        let picture = Picture.random(19, 11, .rgb)
        let result = try Shipped.run("channel-swap", on: picture).picture()
        #expect(result == Picture(19, 11, .rgb) { x, y, channel in picture[x, y, 2 - channel] })
    }

    @Test func grayIsLuma() throws {
        let picture = Picture.random(19, 11, .rgb)
        let result = try Shipped.run("gray", on: picture).picture()
        let luma = Picture(19, 11, .gray) { x, y, _ in
            (299 * picture[x, y, 0] + 587 * picture[x, y, 1] + 114 * picture[x, y, 2] + 500) / 1000
        }
        #expect(result == luma)
    }

    /// Grain around 100 and 160 calms down, and the step between them stays as high as it was.
    @Test func grainGoesAndOutlinesStay() throws {
        let grain = Picture.random(64, 64, .gray)
        let picture = Picture(64, 64, .gray) { x, y, _ in (x < 32 ? 100 : 160) + grain[x, y] % 13 - 6 }
        let result = try Shipped.run("denoise-sharpen", on: picture).picture()
        let left = (4..<26).flatMap { x in (4..<60).map { y in (x, y) } }
        #expect(deviation(result, left) < 0.4 * deviation(picture, left))
        func height(_ picture: Picture) -> Double {
            (4..<60).reduce(0) { $0 + Double(picture[35, $1] - picture[28, $1]) } / 56
        }
        #expect(abs(height(result) - height(picture)) < 2)
    }

    private func deviation(_ picture: Picture, _ places: [(Int, Int)]) -> Double {
        let values = places.map { Double(picture[$0.0, $0.1]) }
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    }

    @Test(arguments: [(400, 200), (300, 500), (20, 10)])
    func aThumbnailIsASquareOfTheMiddle(_ width: Int, _ height: Int) throws {
        let picture = Picture(width, height, .rgb) { x, _, channel in
            channel == (x < width / 2 ? 0 : 2) ? 255 : 0
        }
        let outputs = try Shipped.run("thumbnail", on: picture)
        #expect(outputs.names == ["picture.thumb.jpg"])
        let thumbnail = try outputs.picture("picture.thumb.jpg")
        #expect(thumbnail.width == 256 && thumbnail.height == 256)
        // A JPEG with coarse colours: pure red and blue come out nearly so.
        #expect(thumbnail[64, 128, 0] > 240 && thumbnail[64, 128, 2] < 20)
        #expect(thumbnail[192, 128, 0] < 20 && thumbnail[192, 128, 2] > 240)
    }

    /// A fine chequerboard of black and white sends half the light of white, which is the sample 188, not 128.
    @Test func aPictureForTheWebKeepsItsLight() throws {
        let board = Picture(2400, 1600, .gray) { x, y, _ in (x + y) % 2 * 255 }
        let outputs = try Shipped.run("unsharp-web", on: board)
        #expect(outputs.names == ["picture.jpg"])
        let result = try outputs.picture("picture.jpg")
        #expect(result.width == 1200 && result.height == 800)
        #expect(abs(result[600, 400] - 188) <= 2)
        let progressive = Data([0xFF, 0xC2])
        #expect(try outputs.bytes("picture.jpg").range(of: progressive) != nil)
    }

    @Test func aSmallPictureForTheWebIsNotEnlarged() throws {
        let result = try Shipped.run("unsharp-web", on: Picture.random(30, 20, .rgb)).picture("picture.jpg")
        #expect(result.width == 30 && result.height == 20)
    }

    @Test func theNeuronFiresAtEdgesThatAreBrightOnTheRight() throws {
        let stripe = Picture(30, 10, .gray) { x, _, _ in (10..<20).contains(x) ? 200 : 0 }
        let result = try Shipped.run("neuron", on: stripe).picture()
        #expect(result[9, 5] > 250 && result[10, 5] > 250)
        #expect(result[19, 5] < 5 && result[20, 5] < 5)
        // Where nothing changes, 255 · σ(−4).
        #expect(result[3, 5] == 5 && result[15, 5] == 5)
    }

    /// Two birds, a dark one on bright ground and a faint one on dark ground, and a blot that is none.
    @Test func theBirdsAreFound() throws {
        let bird = ["##.....##", ".###.###.", "...###...", "....#...."].map(Array.init)
        func isBird(_ x: Int, _ y: Int, left: Int, top: Int) -> Bool {
            (0..<4).contains(y - top) && (0..<9).contains(x - left) && bird[y - top][x - left] == "#"
        }
        let picture = Picture(80, 40, .gray) { x, y, _ in
            if isBird(x, y, left: 10, top: 12) { return 30 }
            if isBird(x, y, left: 60, top: 25) { return 50 }
            if (30..<36).contains(x), (20..<24).contains(y) { return 0 }
            return x < 45 ? 220 : 70
        }
        let outputs = try Shipped.run("find-pattern", on: picture)
        #expect(outputs.names == ["picture.json", "picture.response.png"])
        let record = try JSONSerialization.jsonObject(with: outputs.bytes("picture.json")) as? [String: Any]
        let findings = try #require(record?["findings"] as? [[String: Any]])
        let result = try #require(findings.first?["result"] as? [String: Any])
        let places = try #require(result["places"] as? [[String: Any]])
        // The pattern has a margin of one pixel around the bird.
        #expect(places.map { [$0["x"] as? Int, $0["y"] as? Int] } == [[9, 11], [59, 24]])
        #expect(try outputs.picture("picture.response.png")[9, 11] == 255)
    }
}
