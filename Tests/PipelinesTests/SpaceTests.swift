import Codecs
import Foundation
import Operations
import PipelineTestSupport
import Pipelines
import Raster
import Specification
import Testing

@Suite("A pipeline says once in which numbers its steps compute")
struct SpaceTests {
    private let checkerboard = Picture(40, 40, .gray) { x, y, _ in (x + y) % 2 * 255 }
    private let blur = #"{ "op": "convolve", "kernel": [[1, 1], [1, 1]], "divisor": 4 }"#

    private func middle(_ pipeline: Pipeline) throws -> Int {
        let picture = try Outputs(of: pipeline, on: checkerboard).picture()
        return picture[picture.width / 2, picture.height / 2]
    }

    @Test func aCheckerboardBlursToItsLight() throws {
        #expect(try middle(pipeline(blur)) == 128)
        #expect(try middle(pipeline(blur, key: #""space": "linear","#)) == 188)
        #expect(try middle(pipeline(blur, key: #""space": "encoded","#)) == 128)
        let half = #"{ "op": "resize", "scale": 0.5, "filter": "bilinear" }"#
        #expect((127...129).contains(try middle(pipeline(half))))
        #expect((187...189).contains(try middle(pipeline(half, key: #""space": "linear","#))))
        let mixed = [
            #"{ "op": "apply", "function": "invert", "as": "other" }"#,
            #"{ "op": "flip", "axis": "horizontal", "as": "flipped", "from": "other" }"#,
        ]
        func blend(_ space: String) -> String {
            #"{ "op": "combine", "function": "blend", "from": ["other", "flipped"] \#(space) }"#
        }
        #expect(try middle(pipeline(mixed[0], mixed[1], blend(""))) == 128)
        #expect(try middle(pipeline(mixed[0], mixed[1], blend(#", "space": "linear""#))) == 188)
        #expect(try middle(pipeline(mixed[0], mixed[1], blend(""), key: #""space": "linear","#)) == 188)
    }

    @Test func aStepMaySayOtherwise() throws {
        let encoded = String(blur.dropLast(2)) + #", "space": "encoded" }"#
        #expect(try middle(pipeline(encoded, key: #""space": "linear","#)) == 128)
        // To move pixels is no computing.
        let nearest = #"{ "op": "resize", "scale": 0.5, "filter": "nearest" }"#
        #expect([0, 255].contains(try middle(pipeline(nearest, key: #""space": "linear","#))))
    }

    @Test func theCanonicalPipelineTellsIt() throws {
        let pipeline = try pipeline(blur, key: #""space": "linear","#)
        let text = JSONWriter.text(CanonicalPipeline.steps(pipeline)[1])
        #expect(text.contains(#""space":"linear""#))
        let document = JSONWriter.text(try #require(CanonicalPipeline.document(pipeline)))
        #expect(document.contains(#""space":"linear","steps""#))
    }

    @Test func anUnknownSpaceIsToldOnce() {
        let source = SourceText(
            file: "test.json",
            text: #"{ "version": 1, "space": "linaer", "steps": [{ "op": "decode" }, \#(blur), { "op": "encode" }] }"#)
        var diagnostics = Diagnostics(source: source)
        #expect(PipelineReader.read(source, into: &diagnostics) == nil)
        #expect(diagnostics.all.filter { $0.severity == .error }.count == 1)
        #expect(diagnostics.render().contains("linear"))
    }
}
