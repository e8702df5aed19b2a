import Dataflow
import Foundation
import Networks
import PipelineTestSupport
import Pipelines
import Raster
import Scheduling
import Specification
import Testing

@Suite("Networks take part in pipelines")
struct NetworkStepTests {
    let folder = try! CardFolder()

    private func run(
        _ picture: Picture, _ steps: String..., context: RunContext = RunContext()
    ) throws -> Outputs {
        let (pipeline, diagnostics) = folder.pipeline(steps.joined(separator: ", "))
        return try Outputs(of: try #require(pipeline, "\(diagnostics.render())"), on: picture, context: context)
    }

    private func plain(_ red: Int, _ green: Int, _ blue: Int, width: Int = 40, height: Int = 30) -> Picture {
        Picture(width, height, .rgb) { _, _, channel in [red, green, blue][channel] }
    }

    private func record(_ outputs: Outputs, _ name: String = "picture.json") throws -> [[String: Any]] {
        let json = try JSONSerialization.jsonObject(with: try outputs.bytes(name)) as? [String: Any]
        let findings = json?["findings"] as? [[String: Any]] ?? []
        return findings.compactMap { $0["result"] as? [String: Any] }
    }

    @Test func theClassStandsInTheRecordWithItsScore() throws {
        try folder.colours()
        let outputs = try run(
            plain(51, 204, 102), #"{ "op": "classify", "model": "colours.json", "top": 2 }"#, #"{ "op": "record" }"#)
        let finding = try #require(try record(outputs).first)
        #expect(finding["label"] as? String == "green" && finding["sure"] as? Bool == true)
        #expect(abs((finding["score"] as? Double ?? 0) - 0.8) < 1e-6)
        let top = try #require(finding["top"] as? [[String: Any]])
        #expect(top.map { $0["label"] as? String } == ["green", "blue"])
        #expect(top.map { $0["class"] as? Int } == [1, 2])
    }

    @Test(arguments: [
        (#""threshold": 0.7"#, true), (#""threshold": 0.9"#, false), (#""margin": 0.3"#, true),
        (#""margin": 0.5"#, false),
    ])
    func whatIsNotSureEnoughHasAnotherLabel(_ key: String, _ isSure: Bool) throws {
        try folder.colours()
        let outputs = try run(
            plain(51, 204, 102), #"{ "op": "classify", "model": "colours.json", \#(key), "else": "who knows" }"#,
            #"{ "op": "encode", "file": "{label}/{stem}.png" }"#)
        #expect(outputs.names == [isSure ? "green/picture.png" : "who knows/picture.png"])
    }

    @Test(arguments: [("none", 0.8), ("sigmoid", 0.689_974), ("softmax", 0.454_6)])
    func activationsMakeScores(_ activation: String, _ score: Double) throws {
        try folder.colours(#""output": { "activation": "\#(activation)" }"#)
        let outputs = try run(
            plain(51, 204, 102), #"{ "op": "classify", "model": "colours.json" }"#, #"{ "op": "record" }"#)
        let found = try #require(try record(outputs).first?["score"] as? Double)
        // Softmax of 0.2, 0.8, 0.4, in doubles.
        let exact = activation == "softmax" ? exp(0.8) / (exp(0.2) + exp(0.8) + exp(0.4)) : score
        #expect(abs(found - exact) < 1e-6)
    }

    @Test func aClassificationDoesNotStandBetweenPictures() throws {
        try folder.colours()
        let picture = Picture.random(33, 21, .rgb)
        let outputs = try run(
            picture, #"{ "op": "classify", "model": "colours.json" }"#, #"{ "op": "encode", "format": "png" }"#)
        #expect(try outputs.picture() == picture)
    }

    @Test(arguments: [
        ("red", [200, 0, 0], "warm"), ("green", [0, 200, 0], "rest"), ("blue", [0, 0, 200], "cold/blue"),
    ])
    func outputsGoToTheFolderOfTheClass(_ label: String, _ colour: [Int], _ expected: String) throws {
        try folder.colours()
        let outputs = try run(
            plain(colour[0], colour[1], colour[2]),
            #"{ "op": "classify", "model": "colours.json" }"#, #"{ "op": "encode", "file": "all/{stem}.png" }"#,
            #"{ "op": "route", "folders": { "red": "warm", "blue": "cold/{label}" }, "else": "rest" }"#,
            #"{ "op": "encode", "file": "{stem}.png" }"#, #"{ "op": "record" }"#)
        #expect(outputs.names == ["all/picture.png", "\(expected)/picture.json", "\(expected)/picture.png"].sorted())
        #expect(
            outputs.report?.outputs.map { String(decoding: $0, as: UTF8.self) }.sorted() == outputs.names)
    }

    @Test func aLabelIsOnePartOfAPath() throws {
        try TestModel.colours().write(to: folder.path + "/colours.onnx")
        try folder.write(
            "odd.json",
            #"{ "version": 1, "task": "classify", "model": "colours.onnx", "labels": ["../up/a\u0007", "", ".hidden"] }"#
        )
        for (colour, name) in [([9, 0, 0], "_./up_a_"), ([0, 9, 0], "unlabelled"), ([0, 0, 9], "_hidden")] {
            let outputs = try run(
                plain(colour[0], colour[1], colour[2]), #"{ "op": "classify", "model": "odd.json" }"#,
                #"{ "op": "encode", "file": "{label}/{stem}.png" }"#)
            let part = name.split(separator: "/").joined(separator: "_")
            #expect(outputs.names == ["\(part)/picture.png"])
        }
    }

    @Test func picturesOfEveryKindAreTaken() throws {
        try folder.colours(input: ##""scale": "1/255", "background": "#0000ff""##)
        let step = #"{ "op": "classify", "model": "colours.json" }"#
        for (picture, score, label) in [
            (Picture(16, 16, .gray) { _, _, _ in 102 }, 0.4, "red"),
            (Picture(16, 16, .rgba) { _, _, channel in channel == 3 ? 0 : 200 }, 1.0, "blue"),
            (Picture(16, 16, .rgba) { _, _, channel in channel == 1 || channel == 3 ? 255 : 0 }, 1.0, "green"),
        ] {
            let finding = try record(try run(picture, step, #"{ "op": "record" }"#)).first
            #expect(finding?["label"] as? String == label)
            #expect(abs((finding?["score"] as? Double ?? 0) - score) < 1e-6)
        }
    }

    @Test func noPictureIsKeptForANetworkOrForItsName() throws {
        try TestModel.colours(size: 224).write(to: folder.path + "/large.onnx")
        try folder.write(
            "large.json",
            #"{ "version": 1, "task": "classify", "model": "large.onnx", "labels": ["red", "green", "blue"] }"#)
        let (pipeline, _) = folder.pipeline(
            #"{ "op": "classify", "model": "large.json" }"#, #"{ "op": "route", "folders": { "red": "x" } }"#,
            #"{ "op": "convolve", "kernel": "blur" }"#, #"{ "op": "encode" }"#)
        let traits = PictureTraits(format: .png, size: ImageSize(width: 10_000, height: 10_000), layout: .rgb)
        let memory = try PicturePlan(try #require(pipeline), for: traits).memory(width: 1)
        // A strip of the network's input depends on as large a part of the picture as it is of the input.
        #expect(memory < 300_000_000 / 8, "\(memory)")
    }

    @Test func threadsDoNotChangeWhatIsFound() throws {
        try folder.colours()
        let picture = Picture.random(300, 200, .rgb)
        let steps = (#"{ "op": "classify", "model": "colours.json" }"#, #"{ "op": "record" }"#)
        let scheduler = WorkScheduler(width: 3, memory: .unlimited)
        let one = try run(picture, steps.0, steps.1).bytes("picture.json")
        let three = try run(picture, steps.0, steps.1, context: RunContext(workers: scheduler)).bytes("picture.json")
        #expect(one == three)
        scheduler.shutdown(.drain)
    }

    @Test func aRunThatIsCancelledEnds() throws {
        try folder.colours()
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            _ = try run(
                plain(1, 2, 3), #"{ "op": "classify", "model": "colours.json" }"#, #"{ "op": "record" }"#,
                context: RunContext(checkCancellation: { throw Stop() }))
        }
    }

    @Test func aNetworkIsLoadedOnceAndItsFilesBelongToThePipeline() throws {
        try folder.write("labels.txt", "red\ngreen\nblue\n")
        try folder.colours()
        let text = try String(contentsOfFile: folder.path + "/colours.json", encoding: .utf8)
        try folder.write("colours.json", text.replacing(#"["red", "green", "blue"]"#, with: #""labels.txt""#))
        let store = NetworkStore()
        let path = PathBytes(folder.path + "/colours.json")
        #expect(store.network(at: path).0 === store.network(at: path).0)
        let (pipeline, diagnostics) = folder.pipeline(
            #"{ "op": "classify", "model": "colours.json" }"#, #"{ "op": "classify", "model": "colours.json" }"#,
            #"{ "op": "record" }"#, networks: store)
        let files = try #require(pipeline, "\(diagnostics.render())").files
        #expect(
            Set(files.map { $0.path.description.split(separator: "/").last ?? "" })
                == ["colours.json", "colours.onnx", "labels.txt"])
        #expect(files.count == 3 && files.allSatisfy(\.isCurrent))
    }

    @Test(arguments: [
        (
            #"{ "op": "convolve", "kernel": "blur", "from": "kind" }, { "op": "encode" }"#, "wrong-kind",
            "convolve reads a picture"
        ),
        (#"{ "op": "encode", "from": "kind" }"#, "wrong-kind", "is a classification"),
        (#"{ "op": "route", "folders": { "rot": "x" } }, { "op": "encode" }"#, "unknown-class", "rot"),
        (#"{ "op": "route", "folders": { "red": "../x" } }, { "op": "encode" }"#, "wrong-template", "inside"),
        (#"{ "op": "route" }, { "op": "encode" }"#, "missing-key", "names no folder"),
        (#"{ "op": "localize", "model": "colours.json", "class": "rod" }, { "op": "record" }"#, "unknown-class", "rod"),
        (
            #"{ "op": "features", "model": "colours.json", "layers": ["pol"] }, { "op": "encode" }"#, "unknown-layer",
            "pol"
        ),
        (
            #"{ "op": "features", "model": "colours.json", "layers": "scores" }, { "op": "encode" }"#, "wrong-layer",
            "four sizes"
        ),
        (#"{ "op": "classify", "model": "nowhere.json" }, { "op": "record" }"#, "wrong-card", "cannot be read"),
    ])
    func faultsAreToldAtLoad(_ steps: String, _ rule: String, _ text: String) throws {
        try folder.colours()
        let (pipeline, diagnostics) = folder.pipeline(
            #"{ "op": "classify", "model": "colours.json", "as": "kind" }"#, steps)
        #expect(pipeline == nil)
        let fault = try #require(diagnostics.all.first { $0.severity == .error })
        #expect(fault.rule == rule && fault.text.contains(text), "\(diagnostics.render())")
        #expect(fault.hint != nil)
    }

    @Test(arguments: [
        #"{ "op": "encode", "file": "{label}.png" }"#, #"{ "op": "route", "else": "x" }, { "op": "encode" }"#,
    ])
    func whatReadsFindingsNeedsAStepThatFinds(_ steps: String) {
        let (pipeline, diagnostics) = folder.pipeline(steps)
        #expect(pipeline == nil)
        #expect(
            ["no-label", "no-input"].contains(diagnostics.all.first { $0.severity == .error }?.rule ?? ""),
            "\(diagnostics.render())")
    }

    @Test(arguments: ["stretch", "contain", "cover"])
    func aClassifierTellsWhereItSeesTheClass(_ fit: String) throws {
        try TestModel.spots(size: 32).write(to: folder.path + "/spots.onnx")
        try folder.write(
            "spots.json",
            """
            { "version": 1, "task": "classify", "model": "spots.onnx", "labels": ["red", "blue"],
              "input": { "scale": "1/255", "fit": "\(fit)" } }
            """)
        // Two spots on gray; the red one is larger.
        let picture = Picture(96, 64, .rgb) { x, y, channel in
            if (24..<40).contains(x), (16..<32).contains(y) { return channel == 0 ? 255 : 0 }
            if (60..<70).contains(x), (40..<50).contains(y) { return channel == 2 ? 255 : 0 }
            return 128
        }
        for (key, label, edges) in [
            ("", "red", [24.0, 16, 40, 32]), (#""class": "blue", "#, "blue", [60, 40, 70, 50]),
        ] {
            let outputs = try run(
                picture, #"{ "op": "localize", \#(key)"model": "spots.json", "threshold": 0.01 }"#,
                #"{ "op": "record", "file": "{label}.json" }"#)
            let boxes = try record(outputs, "\(label).json").first?["boxes"] as? [[String: Any]]
            let box = try #require(boxes?.first)
            #expect(box["label"] as? String == label)
            for (side, edge) in zip(["left", "top", "right", "bottom"], edges) {
                let found = try #require(box[side] as? Double)
                // A sample of the input covers up to three pixels, and resizing blurs by another.
                #expect(abs(found - edge) <= 6, "\(side) \(found)")
            }
        }
    }

    @Test func withoutAGoodScoreThereIsNoBox() throws {
        try TestModel.spots(size: 16).write(to: folder.path + "/spots.onnx")
        try folder.write(
            "spots.json",
            #"{ "version": 1, "task": "classify", "model": "spots.onnx", "labels": ["red", "blue"], "input": { "scale": "1/255" } }"#
        )
        let outputs = try run(
            plain(90, 90, 90), #"{ "op": "localize", "model": "spots.json", "threshold": 0.5 }"#,
            #"{ "op": "route", "folders": { "red": "red" }, "else": "none" }"#, #"{ "op": "record" }"#)
        #expect(outputs.names == ["none/picture.json"])
        #expect(try record(outputs, "none/picture.json").first?["count"] as? Int == 0)
    }

    @Test func aPoolOverPartsIsNoPlaceOfAClass() throws {
        try TestModel.pooledInParts().write(to: folder.path + "/parts.onnx")
        try folder.write("parts.json", #"{ "version": 1, "task": "classify", "model": "parts.onnx" }"#)
        let (pipeline, diagnostics) = folder.pipeline(
            #"{ "op": "localize", "model": "parts.json" }"#, #"{ "op": "record" }"#)
        #expect(pipeline == nil)
        #expect(diagnostics.all.first?.text.contains("averages over [4, 4] of the [8, 8]") == true)
    }

    /// Quantised networks take samples as they are, rounded to whole numbers.
    @Test func aNetworkOfWholeNumbersTakesPictures() throws {
        try TestModel.colourBytes().write(to: folder.path + "/bytes.onnx")
        try folder.write(
            "bytes.json",
            #"{ "version": 1, "task": "classify", "model": "bytes.onnx", "labels": ["red", "green", "blue"] }"#)
        let outputs = try run(
            plain(40, 200, 90), #"{ "op": "classify", "model": "bytes.json", "top": 3 }"#, #"{ "op": "record" }"#)
        let classes = try #require(
            try record(outputs).first?["top"] as? [[String: Any]])
        #expect(classes.map { $0["label"] as? String } == ["green", "blue", "red"])
        #expect(classes.map { $0["score"] as? Double } == [200, 90, 40])
    }

    /// What shows the inside of a network shares its weights, and so do cards that name one file.
    @Test func weightsAreInMemoryOnce() throws {
        try TestModel.spots(size: 8).write(to: folder.path + "/spots.onnx")
        for name in ["a", "b"] {
            try folder.write(
                "\(name).json",
                #"{ "version": 1, "task": "classify", "model": "spots.onnx", "labels": ["red", "blue"] }"#)
        }
        let (one, _) = folder.pipeline(
            #"{ "op": "classify", "model": "a.json", "as": "kind" }"#, #"{ "op": "record" }"#)
        let (all, diagnostics) = folder.pipeline(
            #"{ "op": "classify", "model": "a.json", "as": "kind" }"#,
            #"{ "op": "localize", "model": "./b.json", "from": 0, "as": "place" }"#.replacing(
                #""from": 0, "#, with: ""),
            #"{ "op": "features", "model": "b.json", "layers": ["conv"] }"#, #"{ "op": "encode" }"#,
            #"{ "op": "record" }"#)
        let few = try #require(one), many = try #require(all, "\(diagnostics.render())")
        #expect(few.kept.count == 1 && many.kept.count == 1)
        #expect(few.keptByteCount > 0 && many.keptByteCount >= few.keptByteCount)
    }

    @Test func featureMapsStandOnASheet() throws {
        try TestModel.spots(size: 8).write(to: folder.path + "/spots.onnx")
        try folder.write(
            "spots.json",
            #"{ "version": 1, "task": "classify", "model": "spots.onnx", "labels": ["red", "blue"], "input": { "scale": "1/255" } }"#
        )
        // The left half is red, the right half blue.
        let picture = Picture(8, 8, .rgb) { x, _, channel in channel == (x < 4 ? 0 : 2) ? 255 : 0 }
        let outputs = try run(
            picture,
            #"{ "op": "features", "model": "spots.json", "layers": ["conv", "features"], "tile": 16, "columns": 2 }"#,
            #"{ "op": "encode", "format": "png" }"#)
        let sheet = try outputs.picture()
        #expect((sheet.width, sheet.height, sheet.layout) == (2 * 18 + 2, 2 * 20, .gray))
        for top in [2, 22] {
            for (map, isLeft) in [(0, true), (1, false)] {
                for (u, isBright) in [(3, isLeft), (12, !isLeft)] {
                    #expect(sheet[2 + map * 18 + u, top + 8] == (isBright ? 255 : 0), "row \(top), map \(map), \(u)")
                }
            }
        }
        #expect(sheet[0, 0] == 32 && sheet[19, 10] == 32)
    }
}
