import Foundation
import Inference
import PipelineTestSupport
import Pipelines
import Specification
import SystemPackage
import Testing

/// Real networks of a folder that is not part of the package; without it these tests are left out.
@Suite("Pictures go through real networks as their cards say")
struct NetworkPipelineTests {
    private static let models: String? = {
        if let stated = ProcessInfo.processInfo.environment["SVERTKA_SHARED"] { return stated + "/models" }
        var folder = URL(filePath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let models = folder.appending(path: "shared/models").path
            if access(models + "/reference", R_OK) == 0 { return models }
        }
        print("skipped: there is no folder shared/models beside the package")
        return nil
    }()

    private func reference(_ name: String) throws -> Tensor {
        try NumpyFile.read(FilePath("\(try #require(Self.models))/reference/\(name).npy"))
    }

    /// The picture that became a network's input.
    private func picture(_ name: String, scale: Double = 1, mean: Double = 0, isBGR: Bool = false) throws -> Picture {
        let input = try reference("\(name).in0")
        let (height, width) = (input.shape[2], input.shape[3])
        let values = input.array(of: Float.self)
        return Picture(width, height, .rgb) { x, y, channel in
            let plane = isBGR ? 2 - channel : channel
            let value = Double(values[(plane * height + y) * width + x])
            return Int(min(max((value * scale + mean).rounded(), 0), 255))
        }
    }

    /// Runs steps on a picture with a card beside the pipeline.
    private func run(_ card: String, _ steps: String, on picture: Picture) throws -> Outputs {
        let models = try #require(Self.models)
        let outputs = try Outputs()
        let folder = outputs.folder
        try card.replacingOccurrences(of: "MODELS", with: models).write(
            toFile: "\(folder)/card.json", atomically: true, encoding: .utf8)
        let text = #"{ "version": 1, "steps": [{ "op": "decode", "as": "picture" }, \#(steps)] }"#
        let (pipeline, diagnostics) = Shipped.read(SourceText(file: "\(folder)/pipeline.json", text: text))
        return try Outputs(of: try #require(pipeline, "\(diagnostics.render())"), on: picture)
    }

    private func findings(_ outputs: Outputs) throws -> [String: Any] {
        let record = try JSONSerialization.jsonObject(with: outputs.bytes("picture.json")) as? [String: Any]
        let findings = try #require(record?["findings"] as? [[String: Any]])
        return try #require(findings.first?["result"] as? [String: Any])
    }

    private struct Found {
        var label: String
        var score: Double
        var edges: [Double]
    }

    private func boxes(_ card: String, on picture: Picture) throws -> [Found] {
        let outputs = try run(
            card,
            #"{ "op": "detect", "model": "card.json" }, { "op": "overlay" }, { "op": "record" }, { "op": "encode" }"#,
            on: picture)
        // What is drawn is drawn on the picture.
        #expect(try outputs.picture() != picture)
        return try #require(findings(outputs)["boxes"] as? [[String: Any]]).map { box in
            Found(
                label: box["label"] as? String ?? "", score: box["score"] as? Double ?? -1,
                edges: ["left", "top", "right", "bottom"].map { box[$0] as? Double ?? -1 })
        }
    }

    /// The best of the reference's boxes is the best that is found, at the same place.
    private func expect(_ found: [Found], best: (score: Double, edges: [Double]), _ labels: Set<String>) {
        #expect(!found.isEmpty)
        guard let first = found.first else { return }
        #expect(abs(first.score - best.score) < 0.01)
        for (a, b) in zip(first.edges, best.edges) { #expect(abs(a - b) < 1, "\(first.edges) \(best.edges)") }
        #expect(labels.isSubset(of: Set(found.map(\.label))), "\(found)")
    }

    @Test func yolox() throws {
        guard Self.models != nil else { return }
        let found = try boxes(
            """
            { "version": 1, "task": "detect", "model": "MODELS/yolox_nano.onnx", "labels": "MODELS/coco80.txt",
              "input": { "channels": "bgr", "fit": "contain", "place": "top-left", "fill": 114 },
              "boxes": { "decoder": "yolox", "threshold": 0.4 },
              "golden": { "input": "MODELS/reference/yolox_nano.in0.npy", "output": "MODELS/reference/yolox_nano.out0.npy" } }
            """, on: try picture("yolox_nano", isBGR: true))
        let values = try reference("yolox_nano.out0").doubles
        var best = (score: 0.0, edges: [0.0])
        var row = 0
        for stride in [8.0, 16, 32] {
            for y in 0..<Int(416 / stride) {
                for x in 0..<Int(416 / stride) {
                    let t = Array(values[row * 85..<row * 85 + 85])
                    let score = t[4] * t[5...].max()!
                    let (w, h) = (exp(t[2]) * stride, exp(t[3]) * stride)
                    let left = (t[0] + Double(x)) * stride - w / 2, top = (t[1] + Double(y)) * stride - h / 2
                    if score > best.score {
                        best = (score, [left, top, left + w, top + h].map { min(max($0, 0), 416) })
                    }
                    row += 1
                }
            }
        }
        expect(found, best: best, ["dog", "bicycle", "car"])
    }

    @Test func ultraface() throws {
        guard Self.models != nil else { return }
        let found = try boxes(
            """
            { "version": 1, "task": "detect", "model": "MODELS/ultraface_rfb_320.onnx", "labels": ["background", "face"],
              "input": { "mean": 127, "std": 128 },
              "boxes": { "decoder": "corners", "background": 0, "threshold": 0.7, "overlap": 0.3 },
              "golden": { "input": "MODELS/reference/ultraface_rfb_320.in0.npy",
                          "output": "MODELS/reference/ultraface_rfb_320.out0.npy" } }
            """, on: try picture("ultraface_rfb_320", scale: 128, mean: 127))
        let scores = try reference("ultraface_rfb_320.out0").doubles
        let corners = try reference("ultraface_rfb_320.out1").doubles
        let index = (0..<4420).max { scores[2 * $0 + 1] < scores[2 * $1 + 1] }!
        let edges = (0..<4).map { corners[4 * index + $0] * ($0 % 2 == 0 ? 320 : 240) }
        expect(found, best: (scores[2 * index + 1], edges), ["face"])
    }

    @Test func yunet() throws {
        guard Self.models != nil else { return }
        let found = try boxes(
            """
            { "version": 1, "task": "detect", "model": "MODELS/yunet_n_320.onnx", "labels": ["face"],
              "input": { "channels": "bgr", "fit": "contain", "place": "top-left" },
              "boxes": { "decoder": "yunet", "threshold": 0.6, "overlap": 0.3 },
              "golden": { "input": "MODELS/reference/yunet_n_320.in0.npy", "output": "MODELS/reference/yunet_n_320.out0.npy" } }
            """, on: try picture("yunet_n_320", isBGR: true))
        var best = (score: 0.0, edges: [0.0])
        for (level, stride) in [8, 16, 32].enumerated() {
            let cls = try reference("yunet_n_320.out\(level)").doubles
            let obj = try reference("yunet_n_320.out\(3 + level)").doubles
            let bbox = try reference("yunet_n_320.out\(6 + level)").doubles
            for row in cls.indices {
                let score = (cls[row] * obj[row]).squareRoot()
                let s = Double(stride), x = Double(row % (320 / stride)), y = Double(row / (320 / stride))
                let t = bbox[4 * row..<4 * row + 4].map { $0 }
                let (w, h) = (exp(t[2]) * s, exp(t[3]) * s)
                let left = (t[0] + x) * s - w / 2, top = (t[1] + y) * s - h / 2
                if score > best.score { best = (score, [left, top, left + w, top + h]) }
            }
        }
        expect(found, best: best, ["face"])
    }

    @Test func personMaskAndCutOut() throws {
        guard Self.models != nil else { return }
        let picture = try picture("selfie_segmentation", scale: 255)
        let outputs = try run(
            """
            { "version": 1, "task": "segment", "model": "MODELS/selfie_segmentation.onnx", "labels": ["person"],
              "input": { "scale": "1/255" },
              "golden": { "input": "MODELS/reference/selfie_segmentation.in0.npy",
                          "output": "MODELS/reference/selfie_segmentation.out0.npy" } }
            """,
            """
            { "op": "segment", "model": "card.json", "as": "person" },
            { "op": "encode", "from": "person", "file": "mask.png" },
            { "op": "split", "from": "picture", "as": ["r", "g", "b"] },
            { "op": "merge", "from": ["r", "g", "b", "person"] }, { "op": "encode", "file": "cut.png" }
            """, on: picture)
        let expected = try reference("selfie_segmentation.out0").doubles
        let mask = try outputs.picture("mask.png"), cut = try outputs.picture("cut.png")
        #expect(mask.layout == .gray && cut.layout == .rgba)
        var worst = 0
        for y in 0..<256 {
            for x in 0..<256 {
                worst = max(worst, abs(mask[x, y] - Int((expected[y * 256 + x] * 255).rounded())))
                #expect(cut[x, y, 3] == mask[x, y])
            }
        }
        #expect(worst <= 2)
    }

    @Test func classMapAsIndexedPicture() throws {
        guard Self.models != nil else { return }
        let outputs = try run(
            """
            { "version": 1, "task": "segment", "model": "MODELS/deeplabv3_mnv2_dm05_pascal_513.onnx",
              "labels": "MODELS/voc21.txt", "input": { "mean": 128, "std": 128 } }
            """,
            """
            { "op": "segment", "model": "card.json", "as": "map" },
            { "op": "encode", "from": "map", "file": "map.png" },
            { "op": "segment", "model": "card.json", "classes": ["person", "dog", "cat", "bottle", "bicycle", "car"], "as": "some" },
            { "op": "encode", "from": "some", "file": "some.png" },
            { "op": "overlay", "mask": "map" }, { "op": "encode", "file": "over.png" }, { "op": "record" }
            """, on: try picture("deeplabv3_mnv2_dm05_pascal_513", scale: 128, mean: 128))
        let expected = try reference("deeplabv3_mnv2_dm05_pascal_513.out0").integers ?? []
        let bytes = try outputs.bytes("map.png")
        // IHDR: colour type 3; then the palette and the labels.
        #expect(bytes[25] == 3)
        for text in ["PLTE", "iTXt", "15 person"] { #expect(bytes.range(of: Data(text.utf8)) != nil) }
        let map = try outputs.picture("map.png"), some = try outputs.picture("some.png")
        let marked: Set<Int> = [15, 12, 8, 5, 2, 7]
        var equal = 0, equalMarks = 0
        var colours: [Int: [Int]] = [:]
        for (index, value) in expected.enumerated() {
            let (x, y) = (index % 513, index / 513)
            let colour = (0..<3).map { map[x, y, $0] }
            // Every class has one colour.
            if colours[value, default: colour] == colour { equal += 1 }
            colours[value] = colours[value] ?? colour
            if some[x, y] == (marked.contains(value) ? 255 : 0) { equalMarks += 1 }
        }
        #expect(Double(equal) > 0.999 * Double(expected.count) && Double(equalMarks) > 0.999 * Double(expected.count))
        #expect(Set(colours.values).count == colours.count && colours.count > 1)
    }

    @Test(arguments: [("fast_style_udnie", 1.0), ("multistyle26", 255)])
    func painters(name: String, scale: Double) throws {
        guard Self.models != nil else { return }
        let picture = try picture(name, scale: scale)
        var constants = ""
        var style = ""
        if name == "multistyle26" {
            let weights = try reference("multistyle26.in1").doubles
            let names = weights.indices.map { #""s\#($0)""# }.joined(separator: ", ")
            constants = """
                , "input": { "scale": "1/255" }, "labels": [\(names)], "constants": { "style_weights": 0.03 }
                """
            let shares = weights.enumerated().filter { $0.element > 0 }.map { #""s\#($0.offset)": \#($0.element)"# }
            style = #", "style": { \#(shares.joined(separator: ", ")) }"#
        }
        let outputs = try run(
            #"{ "version": 1, "task": "restyle", "model": "MODELS/\#(name).onnx"\#(constants) }"#,
            #"{ "op": "restyle", "model": "card.json"\#(style) }, { "op": "encode" }"#, on: picture)
        let expected = try reference("\(name).out0")
        let values = expected.doubles
        let result = try outputs.picture()
        #expect(result.width == expected.shape[3] && result.height == expected.shape[2])
        var worst = 0.0
        for y in 0..<result.height {
            for x in 0..<result.width {
                for channel in 0..<3 {
                    let value = values[(channel * result.height + y) * result.width + x] * scale
                    worst = max(worst, abs(Double(result[x, y, channel]) - min(max(value, 0), 255)))
                }
            }
        }
        // Half a level of rounding, and 2e-3 of the range.
        #expect(worst <= 0.5 + 0.002 * 255 + 0.01)
    }

    /// Enlarged in tiles of 40 pixels and as a whole: the same, at every seam.
    @Test func enlargedWithoutSeams() throws {
        guard Self.models != nil else { return }
        let card = """
            { "version": 1, "task": "restyle", "model": "MODELS/realesr_animevideov3_x4.onnx", "input": { "scale": "1/255" } }
            """
        let full = try picture("realesr_animevideov3_x4", scale: 255)
        let whole = try run(card, #"{ "op": "restyle", "model": "card.json" }, { "op": "encode" }"#, on: full).picture()
        let expected = try reference("realesr_animevideov3_x4.out0")
        let values = expected.doubles
        var worst = 0.0
        for y in 0..<whole.height {
            for x in 0..<whole.width {
                for channel in 0..<3 {
                    let value = values[(channel * whole.height + y) * whole.width + x] * 255
                    worst = max(worst, abs(Double(whole[x, y, channel]) - min(max(value, 0), 255)))
                }
            }
        }
        #expect(worst <= 0.5 + 0.002 * 255 + 0.01)
        let tiled = try run(
            card, #"{ "op": "restyle", "model": "card.json", "tile": 64 }, { "op": "encode" }"#, on: full
        ).picture()
        let difference = zip(whole.samples, tiled.samples).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
        #expect(difference <= 1)
    }

    /// Without the networks that scripts/get-models fetches, that they are missing is all that is wrong with them.
    @Test(arguments: ["blur-faces", "hide-text", "paint", "upright-pages"])
    func shippedPipelinesOfNetworks(name: String) throws {
        let text = try Shipped.text("networks/\(name)")
        #expect(text.hasPrefix("// ") && text.contains(#""name": "\#(name)""#) && text.contains("scripts/get-models"))
        let (_, diagnostics) = Shipped.read(SourceText(file: "\(Shipped.folder)/networks/\(name).json", text: text))
        #expect(diagnostics.all.allSatisfy { $0.rule == "wrong-card" }, "\(diagnostics.render())")
    }
}
