import Foundation
import Inference
import Networks
import ONNX
import PipelineTestSupport
import Raster
import Specification
import SystemPackage
import Testing

@Suite("A model card is checked against its model, its labels and its golden pair")
struct CardTests {
    let folder = try! CardFolder()

    /// Keys, the rule that is broken, and the text that the fault is at.
    static let faults: [(String, String, String)] = [
        (#""model": "nowhere.onnx""#, "wrong-model", #""nowhere.onnx""#),
        (#""model": "colours.json""#, "wrong-model", #""colours.json""#),
        (#""model": "colours.onnx", "labels": ["red", "green"]"#, "wrong-count", #"["red", "green"]"#),
        (#""model": "colours.onnx", "labels": "nowhere.txt""#, "wrong-labels", #""nowhere.txt""#),
        (#""model": "colours.onnx", "input": { "name": "image" }"#, "unknown-input", #""image""#),
        (#""model": "colours.onnx", "input": { "size": [9, 8] }"#, "wrong-input", "[9, 8]"),
        (#""model": "colours.onnx", "input": { "channels": "gray" }"#, "wrong-input", #""gray""#),
        (#""model": "colours.onnx", "input": { "layout": "nhwc" }"#, "wrong-input", #""nhwc""#),
        (#""model": "colours.onnx", "input": { "mean": [1, 2] }"#, "wrong-count", "[1, 2]"),
        (#""model": "colours.onnx", "input": { "std": 0 }"#, "out-of-range", "0"),
        (#""model": "colours.onnx", "input": { "fill": 114 }"#, "key-without-effect", "114"),
        (#""model": "colours.onnx", "input": { "shortSide": 9 }"#, "key-without-effect", "9"),
        (#""model": "colours.onnx", "input": { "fit": "cover", "shortSide": 7 }"#, "out-of-range", "7"),
        (#""model": "colours.onnx", "output": { "name": "score" }"#, "unknown-output", #""score""#),
        (#""model": "colours.onnx", "constants": { "style": [1, 2] }"#, "unknown-input", "[1, 2]"),
        (#""model": "colours.onnx", "labls": []"#, "unknown-key", #""labls""#),
        (#""model": "open.onnx""#, "missing-size", "{"),
        (#""model": "colours.onnx", "golden": { "input": "x.png" }"#, "missing-key", #""x.png""#),
        (#""model": "colours.onnx", "golden": { "input": "x.png", "output": "y.npy" }"#, "wrong-golden", #""x.png""#),
    ]

    @Test(arguments: faults)
    func everyFaultIsToldAtItsKey(_ keys: String, _ rule: String, _ place: String) throws {
        try TestModel.colours().write(to: folder.path + "/colours.onnx")
        try TestModel.colours(size: nil).write(to: folder.path + "/open.onnx")
        let text = #"{ "version": 1, "task": "classify", \#(keys) }"#
        try folder.write("colours.json", text)
        let (network, diagnostics) = folder.card("colours.json")
        #expect(network == nil)
        let fault = try #require(diagnostics.all.first { $0.severity == .error })
        #expect(fault.rule == rule, "\(diagnostics.render())")
        let bytes = Array(text.utf8)
        #expect(String(decoding: bytes[fault.range], as: UTF8.self).hasPrefix(place), "\(diagnostics.render())")
    }

    /// Each of several outputs is compared, and the one that differs is named.
    @Test func aGoldenPairMayHaveSeveralOutputs() throws {
        try TestModel.colourBytes().write(to: folder.path + "/bytes.onnx")
        let samples = (0..<192).map { UInt8($0) }
        let means = (0..<3).map { channel in
            Float((0..<64).reduce(0) { $0 + Int(samples[$1 * 3 + channel]) }) / 64
        }
        try NumpyFile.write(
            Tensor(element: .uint8, shape: [1, 8, 8, 3], of: samples), to: FilePath(folder.path + "/in.npy"))
        try NumpyFile.write(Tensor(shape: [1, 3], floats: means), to: FilePath(folder.path + "/scores.npy"))
        for (offset, isRight) in [(Float(0), true), (5, false)] {
            try NumpyFile.write(
                Tensor(shape: [1, 3, 1, 1], floats: means.map { $0 + offset }),
                to: FilePath(folder.path + "/pooled.npy"))
            try folder.write(
                "bytes.json",
                #"""
                { "version": 1, "task": "classify", "model": "bytes.onnx", "golden": {
                    "input": "in.npy", "output": { "scores": "scores.npy", "pooled": "pooled.npy" } } }
                """#)
            let (network, diagnostics) = folder.card("bytes.json")
            #expect((network != nil) == isRight, "\(diagnostics.render())")
            if !isRight { #expect(diagnostics.all.first?.text.contains(#"the output "pooled" differs"#) == true) }
        }
    }

    @Test func layoutsAreFoundInTheShape() throws {
        try TestModel.colours(isChannelsLast: true).write(to: folder.path + "/last.onnx")
        try folder.write("last.json", #"{ "version": 1, "task": "classify", "model": "last.onnx" }"#)
        let (network, diagnostics) = folder.card("last.json")
        #expect(network?.size == ImageSize(width: 8, height: 8), "\(diagnostics.render())")
    }

    @Test func openSizesAreTheCards() throws {
        try TestModel.colours(size: nil).write(to: folder.path + "/open.onnx")
        try folder.write(
            "open.json", #"{ "version": 1, "task": "classify", "model": "open.onnx", "input": { "size": [20, 10] } }"#)
        #expect(folder.card("open.json").0?.size == ImageSize(width: 20, height: 10))
    }

    // MARK: Golden pairs

    /// Red above, dark green below, and wider than high.
    private let picture = Picture(24, 12, .rgb) { _, y, channel in
        channel == 0 ? (y < 6 ? 250 : 0) : channel == 1 ? (y < 6 ? 0 : 90) : 20
    }

    @Test func aRightPairIsAccepted() throws {
        try picture.write(to: folder.path + "/golden.png")
        try folder.colours(#""golden": { "input": "golden.png", "label": "red", "score": 0.49 }"#)
        let (network, diagnostics) = folder.card("colours.json")
        #expect(network != nil && diagnostics.isEmpty, "\(diagnostics.render())")
    }

    @Test(arguments: [
        (#""channels": "bgr", "scale": "1/255""#, #"channels "rgb""#),
        (#""scale": 1"#, #"scale "1/255""#),
        (#""scale": 1, "channels": "bgr""#, #"channels "rgb" and scale "1/255""#),
        (#""scale": "1/255", "fit": "contain""#, #"fit "stretch""#),
        (#""scale": "1/127.5", "mean": 1"#, #"scale "1/255""#),
    ])
    func theCauseOfADifferenceIsNamed(_ input: String, _ cause: String) throws {
        try picture.write(to: folder.path + "/golden.png")
        try folder.colours(
            #""golden": { "input": "golden.png", "label": "red", "score": 0.4902, "tolerance": 0.01 }"#, input: input)
        let (network, diagnostics) = folder.card("colours.json")
        #expect(network == nil)
        let fault = try #require(diagnostics.all.first)
        #expect(fault.rule == "golden-differs" && fault.text.contains("matches with"), "\(fault.text)")
        #expect(fault.text.contains(cause), "\(fault.text)")
    }

    @Test func withoutACauseTheNearestIsNamed() throws {
        try picture.write(to: folder.path + "/golden.png")
        try folder.colours(#""golden": { "input": "golden.png", "label": "blue" }"#, input: #""scale": 1"#)
        // Blue comes first in no way of preparing the picture but in the order bgr.
        let fault = try #require(folder.card("colours.json").1.all.first)
        #expect(fault.text.contains(#"matches with channels "bgr""#), "\(fault.text)")
        try folder.colours(#""golden": { "input": "golden.png", "label": "green", "score": 0.3 }"#)
        let other = try #require(folder.card("colours.json").1.all.first)
        #expect(other.text.contains("no other order of channels") && other.hint != nil, "\(other.text)")
    }

    @Test func arraysAreComparedWithinTheTolerance() throws {
        func array(_ shape: [Int], _ values: [Float], _ name: String) throws {
            var header =
                "{'descr': '<f4', 'fortran_order': False, 'shape': (\(shape.map { "\($0)," }.joined(separator: " "))), }"
            header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
            var bytes: [UInt8] =
                [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
            bytes += Array(header.utf8)
            for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
            try Data(bytes).write(to: URL(filePath: folder.path + "/" + name))
        }
        try array([1, 3, 8, 8], (0..<192).map { Float($0 / 64) }, "in.npy")
        try folder.colours(#""golden": { "input": "in.npy", "output": "out.npy" }"#)
        for (third, isRight) in [(Float(2), true), (2.003, true), (2.01, false)] {
            try array([1, 3], [0, 1, third], "out.npy")
            #expect((folder.card("colours.json").0 != nil) == isRight)
        }
        try array([1, 4], [0, 1, 2, 3], "out.npy")
        #expect(folder.card("colours.json").1.all.first?.rule == "wrong-golden")
        try array([1, 3, 8, 9], [Float](repeating: 0, count: 216), "in.npy")
        #expect(folder.card("colours.json").1.all.first?.text.contains("[1, 3, 8, 9]") == true)
    }
}
