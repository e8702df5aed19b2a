import Foundation
import PipelineTestSupport
import Pipelines
import Specification
import Testing

@Suite("What a picture says besides its pixels goes where the encode step sends it")
struct MetadataTests {
    private func pipeline(_ encode: String) throws -> Pipeline {
        let text = #"{ "version": 1, "steps": [{ "op": "decode" }, \#(encode)] }"#
        let (pipeline, diagnostics) = Shipped.read(SourceText(file: "metadata.json", text: text))
        return try #require(pipeline, "\(diagnostics.render())")
    }

    /// A JPEG with a colour profile and a comment.
    private func photograph() throws -> Data {
        let plain = try Outputs(
            of: pipeline(#"{ "op": "encode", "format": "jpeg" }"#), on: Picture.random(16, 16, .rgb)
        ).bytes("picture.jpg")
        var profile = [UInt8](repeating: 0, count: 256)
        profile.replaceSubrange(16..<20, with: Array("RGB ".utf8))
        let segments: [(UInt8, [UInt8])] = [
            (0xe2, Array("ICC_PROFILE\0".utf8) + [1, 1] + profile), (0xfe, Array("taken at home".utf8)),
        ]
        // Behind the start of the image and the JFIF segment.
        return segments.reversed().reduce(into: plain) { file, segment in
            let length = segment.1.count + 2
            file.insert(
                contentsOf: [0xff, segment.0, UInt8(length >> 8), UInt8(length & 255)] + segment.1,
                at: file.startIndex + 20)
        }
    }

    @Test("strip leaves what the colours mean, and nothing else")
    func strip() throws {
        let file = try photograph()
        for format in ["jpeg", "png"] {
            let name = format == "jpeg" ? "picture.jpg" : "picture.png"
            let profile = Data((format == "jpeg" ? "ICC_PROFILE" : "iCCP").utf8)
            let comment = Data("taken at home".utf8)
            let kept = try Outputs(
                of: pipeline(#"{ "op": "encode", "format": "\#(format)" }"#), onFile: file
            ).bytes(name)
            #expect(kept.range(of: profile) != nil && kept.range(of: comment) != nil)
            let stripped = try Outputs(
                of: pipeline(#"{ "op": "encode", "format": "\#(format)", "metadata": "strip" }"#), onFile: file
            ).bytes(name)
            #expect(stripped.range(of: profile) != nil && stripped.range(of: comment) == nil)
        }
    }
}
