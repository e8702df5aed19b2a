import Dataflow
import Operations
import Raster
import Specification
import Testing

@testable import Networks

@Suite("A picture becomes a network's input as its card says")
struct InputTests {
    private func geometry(
        _ width: Int, _ height: Int, to side: ImageSize, _ fit: InputFit, shortSide: Int? = nil,
        place: InputFit.Place = .center
    ) -> InputGeometry {
        var card = ModelCard.Input()
        (card.fit, card.shortSide, card.place) = (fit, shortSide, place)
        return InputGeometry(ImageSize(width: width, height: height), to: side, card)
    }

    @Test func fitsAreTheUsualOnes() {
        let side = ImageSize(width: 224, height: 224)
        let stretch = geometry(451, 300, to: side, .stretch)
        #expect(stretch.resized == side && stretch.offset == (0, 0))
        let contain = geometry(451, 300, to: side, .contain)
        #expect(contain.resized == ImageSize(width: 224, height: 149) && contain.offset == (0, 37))
        #expect(geometry(451, 300, to: side, .contain, place: .topLeft).offset == (0, 0))
        // What torchvision's Resize(256) and CenterCrop(224) do.
        let cover = geometry(451, 300, to: side, .cover, shortSide: 256)
        #expect(cover.resized == ImageSize(width: 385, height: 256) && cover.offset == (-80, -16))
        #expect(geometry(300, 451, to: side, .cover).resized == ImageSize(width: 224, height: 337))
    }

    @Test(arguments: InputFit.allCases)
    func placesAreTakenBackToThePicture(_ fit: InputFit) {
        for (width, height) in [(1, 1), (1, 1000), (640, 427), (300, 451), (224, 224)] {
            for input in [ImageSize(width: 224, height: 224), ImageSize(width: 320, height: 240)] {
                let geometry = geometry(width, height, to: input, fit)
                let left = Double(geometry.offset.x), top = Double(geometry.offset.y)
                #expect(geometry.pictureX(left) == 0 && geometry.pictureY(top) == 0)
                let right = left + Double(geometry.resized.width), bottom = top + Double(geometry.resized.height)
                #expect(abs(geometry.pictureX(right) - Double(width)) < 1e-9)
                #expect(abs(geometry.pictureY(bottom) - Double(height)) < 1e-9)
                switch fit {
                case .stretch: #expect(geometry.resized == input)
                case .contain: #expect(geometry.resized.width <= input.width && geometry.resized.height <= input.height)
                case .cover: #expect(geometry.resized.width >= input.width && geometry.resized.height >= input.height)
                }
            }
        }
    }

    /// A picture that is read whole out of a graph.
    private final class Capture: FieldReader, @unchecked Sendable {
        // Guarded by use: one run on one thread.
        let format: FieldFormat
        let packing: InputPacking
        var elements: [Float] = []
        var samples: [[Float]] = []
        init(_ format: FieldFormat, _ packing: InputPacking) { (self.format, self.packing) = (format, packing) }
        var summary: String { "capture" }

        func read(_ inputs: [RowWindow], context: RunContext) {
            elements = packing.elements(of: inputs[0], format)
            samples = (0..<format.size.height).map { y in
                Array(UnsafeBufferPointer(start: inputs[0].row(y, as: Float.self), count: format.samplesPerRow))
            }
        }
    }

    private func capture(
        _ samples: [UInt8], _ size: ImageSize, _ layout: ChannelLayout, _ card: ModelCard.Input, to input: ImageSize,
        _ packing: InputPacking
    ) throws -> Capture {
        var graph = Graph()
        let source = graph.source(FieldFormat(size: size, layout: layout, decoded: .uint8))
        let field = graph.networkInput(
            source, InputGeometry(size, to: input, card), card, isGray: packing.channels == .gray,
            LoweringContext(stepKey: ""))
        let capture = Capture(graph.format(of: field), packing)
        graph.add(capture, [field])
        var padded = samples + [UInt8](repeating: 0, count: 256)
        try padded.withUnsafeMutableBytes {
            try graph.run(
                sources: [
                    .memory(
                        RowWindow(
                            base: $0.baseAddress!, bytesPerRow: size.width * layout.count, capacity: size.height))
                ], sinks: [])
        }
        return capture
    }

    @Test(arguments: ModelCard.Input.Channels.allCases, ModelCard.Input.Layout.allCases)
    func elementsAreScaledAndStandInTheirLayout(
        _ channels: ModelCard.Input.Channels, _ layout: ModelCard.Input.Layout
    ) throws {
        let size = ImageSize(width: 5, height: 3)
        let count = channels == .gray ? 1 : 3
        let samples = (0..<15 * count).map { UInt8($0 * 5) }
        let mean = [0.5, 0.25, 0.125], std = [0.5, 2, 4]
        let packing = InputPacking(
            channels, layout, .float32, scale: 1 / 255.0, mean: Array(mean.prefix(count)), std: Array(std.prefix(count))
        )
        let capture = try capture(
            samples, size, count == 1 ? .gray : .rgb, ModelCard.Input(), to: size, packing)
        #expect(packing.shape(size) == (layout == .nchw ? [1, count, 3, 5] : [1, 3, 5, count]))
        for y in 0..<3 {
            for x in 0..<5 {
                for c in 0..<count {
                    let source = channels == .bgr ? 2 - c : c
                    let sample = Double(samples[(y * 5 + x) * count + source])
                    let place = layout == .nchw ? (c * 3 + y) * 5 + x : (y * 5 + x) * count + c
                    let expected = (sample / 255 - mean[c]) / std[c]
                    #expect(abs(Double(capture.elements[place]) - expected) < 1e-6)
                }
            }
        }
    }

    @Test(arguments: [
        (InputFit.contain, InputFit.Place.center), (.contain, .topLeft), (.cover, .center), (.stretch, .center),
    ])
    func thePictureLiesWhereTheGeometrySays(_ fit: InputFit, _ place: InputFit.Place) throws {
        // A plain picture: whatever the filter does, it stays what it is.
        var card = ModelCard.Input()
        (card.fit, card.place) = (fit, place)
        card.fill = Colour(red: 114, green: 1, blue: 2)
        for size in [
            ImageSize(width: 30, height: 10), ImageSize(width: 7, height: 40), ImageSize(width: 16, height: 16),
        ] {
            let input = ImageSize(width: 16, height: 16)
            let samples = (0..<3 * size.pixelCount).map { [200, 100, 50][$0 % 3] as UInt8 }
            let packing = InputPacking(.rgb, .nchw, .float32, scale: 1, mean: [0], std: [1])
            let found = try capture(samples, size, .rgb, card, to: input, packing).samples
            let geometry = InputGeometry(size, to: input, card)
            for y in 0..<16 {
                for x in 0..<16 {
                    let isInside =
                        (0..<geometry.resized.width).contains(x - geometry.offset.x)
                        && (0..<geometry.resized.height).contains(y - geometry.offset.y)
                    let expected: [Float] = isInside ? [200, 100, 50] : [114, 1, 2]
                    for c in 0..<3 { #expect(abs(found[y][3 * x + c] - expected[c]) < 1e-3) }
                }
            }
        }
    }

    @Test func theMiddleIsCutOutOfThePictureAtItsOwnSize() throws {
        var card = ModelCard.Input()
        (card.fit, card.shortSide) = (.cover, 9)
        let size = ImageSize(width: 13, height: 9)
        let samples = (0..<13 * 9).map { UInt8($0) }
        let packing = InputPacking(.gray, .nchw, .float32, scale: 1, mean: [0], std: [1])
        let found = try capture(samples, size, .gray, card, to: ImageSize(width: 5, height: 5), packing).samples
        for y in 0..<5 {
            for x in 0..<5 { #expect(found[y][x] == Float((y + 2) * 13 + x + 4)) }
        }
    }
}
