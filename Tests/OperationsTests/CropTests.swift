import Raster
import Testing

@testable import Operations

@Suite("A crop keeps the samples of a rectangle")
struct CropTests {
    private func part(_ picture: Picture, _ x: Int, _ y: Int, _ width: Int, _ height: Int) -> Values {
        let values = picture.values
        return Values(ImageSize(width: width, height: height), channels: values.channels) { u, v, c in
            values[u + x, v + y, c]
        }
    }

    @Test(arguments: ChannelLayout.allCases, [SampleType.uint8, .uint16])
    func corners(_ layout: ChannelLayout, _ type: SampleType) throws {
        let picture = Picture(random: 1, 19, 11, layout, type)
        for (x, y, width, height) in [(0, 0, 19, 11), (0, 0, 1, 1), (18, 10, 1, 1), (3, 2, 7, 5), (1, 0, 18, 11)] {
            let step = #"{ "op": "crop", "x": \#(x), "y": \#(y), "width": \#(width), "height": \#(height) }"#
            // After another step, so that what is cropped is computed only in part.
            let result = try Steps(#"{ "op": "flip" }"#, #"{ "op": "flip" }"#, step).run(picture)
            #expect(result.values == part(picture, x, y, width, height))
        }
    }

    @Test(arguments: [
        ("center", 4, 2), ("top", 4, 0), ("bottom", 4, 5), ("left", 0, 2), ("right", 9, 2), ("top-left", 0, 0),
        ("top-right", 9, 0), ("bottom-left", 0, 5), ("bottom-right", 9, 5),
    ])
    func gravity(_ name: String, _ x: Int, _ y: Int) throws {
        let picture = Picture(random: 2, 19, 11, .rgb)
        let step = #"{ "op": "crop", "width": 10, "height": 6, "gravity": "\#(name)" }"#
        #expect(try Steps(step).run(picture).values == part(picture, x, y, 10, 6))
    }

    @Test func theMiddleIsKeptByDefault() throws {
        let picture = Picture(random: 2, 19, 11, .rgb)
        #expect(
            try Steps(#"{ "op": "crop", "width": 10, "height": 6 }"#).run(picture).values == part(picture, 4, 2, 10, 6))
    }

    @Test func aRectangleBeyondThePictureFailsThatPicture() throws {
        let picture = Picture(random: 2, 19, 11, .rgb)
        for keys in [
            #""width": 20, "height": 1"#, #""width": 1, "height": 12"#, #""x": 10, "y": 0, "width": 10, "height": 1"#,
            #""x": 0, "y": 11, "width": 1, "height": 1"#,
        ] {
            #expect(throws: OperationError.self) { try Steps("{ \"op\": \"crop\", \(keys) }").run(picture) }
        }
    }

    @Test func contradictionsAreRefused() {
        for (keys, text) in [
            (#""width": 2, "height": 2, "x": 0, "y": 0, "gravity": "top""#, "gravity has no effect beside x"),
            (#""width": 2, "height": 2, "x": 0"#, "x is given without y"),
            (#""width": 0, "height": 2"#, "allowed are 1..."),
            (#""height": 2"#, #"the key "width" is missing"#),
        ] {
            #expect(Steps("{ \"op\": \"crop\", \(keys) }").faults().contains(text))
        }
    }
}
