import Codecs
import Pipelines
import Raster
import Specification
import Testing

@Suite("A pipeline with every default filled in is the same pipeline")
struct CanonicalTests {
    private static let others = [
        #"{ "version": 1, "steps": [{ "op": "decode" }, { "op": "encode", "format": "png" }] }"#,
        #"{ "version": 1, "steps": [{ "op": "decode" }, { "op": "crop", "x": 1, "y": 1, "width": 9, "height": 9 }, { "op": "encode", "format": "jpeg" }] }"#,
        #"{ "version": 1, "steps": [{ "op": "decode" }, { "op": "convolve", "kernel": { "unsharp": { "sigma": 2 } } }, { "op": "apply", "function": "relu" }, { "op": "encode" }] }"#,
        #"{ "version": 1, "steps": [{ "op": "decode" }, { "op": "convolve", "kernel": "blur", "function": { "function": "threshold" } }, { "op": "rotate", "angle": 90 }, { "op": "encode" }] }"#,
    ]

    @Test(arguments: try! Shipped.names.map { try Shipped.text($0) } + others)
    func meansTheSame(_ text: String) throws {
        let pipeline = try read(text)
        let canonical = try canonical(pipeline)
        let again = try read(canonical)
        #expect(try self.canonical(again) == canonical, "there is nothing left to fill in")
        #expect(canonical.contains(#""onTruncated": "fail""#))
        let traits = PictureTraits(
            format: .jpeg, size: ImageSize(width: 640, height: 480), layout: .rgb, hasLumaPlane: true)
        let plans = try [pipeline, again].map { try PicturePlan($0, for: traits).explanation.flatMap(\.lines) }
        #expect(plans[0] == plans[1])
    }

    @Test func whatHasNoEffectStaysOut() throws {
        let png = try canonical(read(Self.others[0]))
        #expect(png.contains(#""compression""#) && !png.contains(#""quality""#) && !png.contains("subsampling"))
        let crop = try canonical(read(Self.others[1]))
        #expect(!crop.contains("gravity"))
        let unsharp = try canonical(read(Self.others[2]))
        #expect(unsharp.contains(#""amount": 1"#) && !unsharp.contains(#""level""#))
    }

    private func canonical(_ pipeline: Pipeline) throws -> String {
        JSONWriter.text(try #require(CanonicalPipeline.document(pipeline)), style: .pretty)
    }

    private func read(_ text: String) throws -> Pipeline {
        let (pipeline, diagnostics) = Shipped.read(SourceText(file: "canonical.json", text: text))
        return try #require(pipeline, "\(diagnostics.render())")
    }
}
