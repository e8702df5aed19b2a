import Codecs
import Foundation
import Operations
import PipelineTestSupport
import Pipelines
import Specification
import Testing

@Suite("What turns a picture upright says so in its EXIF data")
struct UprightTests {
    let folder = try! CardFolder()

    /// Its first class is seen in red pictures, and so on.
    private func pipeline(_ keys: String, _ steps: String..., orient: Bool = false) throws -> (Pipeline, [String]) {
        try TestModel.colours().write(to: folder.path + "/colours.onnx")
        try folder.write(
            "turns.json",
            """
            { "version": 1, "task": "classify", "model": "colours.onnx", "labels": ["0", "90", "180"],
              "input": { "scale": "1/255" } }
            """)
        let text = """
            { "version": 1, "steps": [{ "op": "decode", "orient": \(orient), "as": "stored" },
              { "op": "classify", "model": "turns.json"\(keys) }, \(steps.joined(separator: ", "))] }
            """
        let source = SourceText(file: folder.path + "/pipeline.json", text: text)
        var diagnostics = Diagnostics(source: source)
        let pipeline = PipelineReader.read(source, into: &diagnostics)
        return (try #require(pipeline, "\(diagnostics.render())"), diagnostics.all.map(\.rule))
    }

    /// A green JPEG, 24 × 16, with an orientation.
    private func photograph(_ orientation: Int) throws -> Data {
        let green = Picture(24, 16, .rgb) { _, _, channel in channel == 1 ? 200 : 0 }
        let plain = #"{ "version": 1, "steps": [{ "op": "decode" }, { "op": "encode", "format": "jpeg" }] }"#
        let source = SourceText(file: "plain.json", text: plain)
        var diagnostics = Diagnostics(source: source)
        let pipeline = try #require(PipelineReader.read(source, into: &diagnostics))
        let file = try Outputs(of: pipeline, on: green).bytes("picture.jpg")
        let exif =
            Array("Exif\0\0MM\0\u{2a}\0\0\0\u{8}\0\u{1}".utf8)
            + [1, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0, 0, 0, 0, 0]
        return file.prefix(2) + [0xff, 0xe1, 0, UInt8(exif.count + 2)] + exif + file.dropFirst(2)
    }

    private func header(_ outputs: Outputs, _ name: String) throws -> ImageHeader {
        let descriptor = open(outputs.folder + "/" + name, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        return try ImageDecoder(descriptor: descriptor).header
    }

    /// The network says that the samples lie on their side. A turn by quarters does not undo a mirror.
    @Test(arguments: 1...8, ["jpeg", "png"])
    func turned(orientation: Int, format: String) throws {
        let (pipeline, rules) = try pipeline(
            "", #"{ "op": "encode", "from": "stored", "file": "stored" }"#, #"{ "op": "upright" }"#,
            #"{ "op": "gray" }"#,
            #"{ "op": "encode", "format": "\#(format)", "file": "turned" }"#)
        #expect(!rules.contains("lost-orientation"))
        let outputs = try Outputs(of: pipeline, onFile: try photograph(orientation))
        let turned = try header(outputs, "turned")
        #expect(turned.orientation == ([2, 4, 5, 7].contains(orientation) ? 2 : 1))
        #expect(turned.size.width == 16 && turned.size.height == 24)
        // What is written beside it was not turned.
        #expect(try header(outputs, "stored").orientation == orientation)
    }

    @Test(arguments: 1...8)
    func whoIsNotSureLeavesTheTagAlone(orientation: Int) throws {
        let (pipeline, _) = try pipeline(
            #", "threshold": 0.9"#, #"{ "op": "upright" }"#, #"{ "op": "encode", "file": "same" }"#)
        let same = try header(try Outputs(of: pipeline, onFile: try photograph(orientation)), "same")
        #expect(same.orientation == orientation && same.size.width == 24)
    }

    /// `decode` has turned the picture as the tag says, mirrors included.
    @Test(arguments: 1...8)
    func turnedTwice(orientation: Int) throws {
        let (pipeline, _) = try pipeline(
            "", #"{ "op": "upright" }"#, #"{ "op": "encode", "file": "twice" }"#, orient: true)
        let twice = try header(try Outputs(of: pipeline, onFile: try photograph(orientation)), "twice")
        #expect(twice.orientation == 1 && twice.size.width == (orientation > 4 ? 24 : 16))
    }

    @Test func leavingTheTagOutBehindTheStepIsNoLoss() throws {
        let strip = #"{ "op": "encode", "metadata": "strip", "file": "a.{ext}" }"#
        #expect(try !pipeline("", #"{ "op": "upright" }"#, strip).1.contains("lost-orientation"))
        let stored = #"{ "op": "encode", "from": "stored", "metadata": "strip", "file": "b.{ext}" }"#
        #expect(
            try pipeline("", #"{ "op": "upright" }"#, strip, stored).1.filter { $0 == "lost-orientation" }.count == 1)
    }
}
