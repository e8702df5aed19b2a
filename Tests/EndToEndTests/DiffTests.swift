import Foundation
import Testing

@Suite("A change of a pipeline is shown step by step before it goes live")
struct DiffTests {
    let folder = try! Folder()

    private func pipeline(_ name: String, _ steps: String) throws {
        try folder.write(name, #"{ "version": 1, "steps": [{ "op": "decode" }, \#(steps), { "op": "encode" }] }"#)
    }

    private func steps(_ old: String, _ new: String) throws -> [[String: Any]] {
        try folder.write("photo.png", Pictures.png)
        try pipeline("old.json", old)
        try pipeline("new.json", new)
        let result = try Program.svertka.run("diff", "old.json", "new.json", "photo.png", "--json", in: folder)
        #expect(result.status == 0, "\(result.errors)")
        let line = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        return try #require(line?["steps"] as? [[String: Any]])
    }

    /// Adding 16 to every sample is a difference of 16 everywhere, which is 10 · log10(255² / 16²) dB.
    @Test func aKnownDifferenceIsMeasured() throws {
        let steps = try steps(
            #"{ "op": "convolve", "kernel": "identity" }"#,
            #"{ "op": "convolve", "kernel": "identity", "offset": 16 }"#)
        #expect(steps.count == 3)
        let value = try #require((steps[1]["results"] as? [[String: Double]])?.first)
        #expect(value["largest"] == 16 && value["share"] == 1)
        #expect(abs(try #require(value["psnr"]) - 24.0488) < 1e-3)
        let changes = try #require(steps[1]["changes"] as? [String: [String: Int]])
        #expect(changes == ["offset": ["old": 0, "new": 16]])
        #expect((steps[2]["written"] as? [[String: Any]])?.first?["largest"] as? Double != 0)
    }

    @Test func theSamePipelineChangesNothing() throws {
        let steps = try steps(
            #"{ "op": "convolve", "kernel": "blur" }"#,
            #"{ "op": "convolve", "kernel": [[1, 1, 1], [1, 1, 1], [1, 1, 1]], "divisor": 9 }"#)
        for step in steps {
            for value in (step["results"] ?? step["written"]) as? [[String: Any]] ?? [] {
                #expect(value["largest"] as? Double == 0 && value["psnr"] is NSNull)
            }
        }
    }

    @Test func stepsThatAreInOneOfThemAreNamed() throws {
        let steps = try steps(
            #"{ "op": "convolve", "kernel": "blur" }, { "op": "apply", "function": "invert" }"#,
            #"{ "op": "resize", "width": 48 }, { "op": "apply", "function": "invert" }"#)
        #expect(
            steps.map { $0["old"] as? String } == [
                "step 1 (decode)", "step 2 (convolve)", nil, "step 3 (apply)", "step 4 (encode)",
            ])
        let shape = try #require((steps[3]["results"] as? [[String: String]])?.first)
        #expect(shape == ["old": "96×64 rgb", "new": "48×32 rgb"])
    }

    /// A class map has pixels, and no rows of findings.
    @Test func classMapsAreComparedByTheirPixels() throws {
        let model = Checkout.path + "/../shared/models/deeplabv3_mnv2_dm05_pascal_513.onnx"
        guard FileManager.default.fileExists(atPath: model) else {
            print("skipped: no \(model)")
            return
        }
        try folder.write(
            "card.json",
            #"{ "version": 1, "task": "segment", "model": "\#(model)", "input": { "mean": 128, "std": 128 } }"#)
        let segment = #"{ "op": "segment", "model": "card.json", "as": "map" }"#
        let steps = try self.steps(
            segment + #", { "op": "overlay", "mask": "map" }"#,
            #"{ "op": "apply", "function": "invert" }, "# + segment + #", { "op": "overlay", "mask": "map" }"#)
        let values = steps.compactMap { $0["results"] as? [[String: Double]] }.flatMap(\.self)
        #expect(values.contains { $0.keys.elementsEqual(["share"]) && (0...1).contains($0["share"]!) }, "\(steps)")
    }

    @Test func foldersAreTakenWithTheirPictures() throws {
        _ = try steps(#"{ "op": "gray" }"#, #"{ "op": "gray" }"#)
        try folder.write("in/a/photo.png", Pictures.png)
        let result = try Program.svertka.run("diff", "old.json", "new.json", "in", "missing", in: folder)
        #expect(result.status == 1 && result.errors.contains("missing: No such file"), "\(result.errors)")
        #expect(result.output.contains("in/a/photo.png\n") && result.output.contains("1 picture, 0 with other outputs"))
    }

    @Test func aFullDiskIsTold() throws {
        _ = try steps(#"{ "op": "gray" }"#, #"{ "op": "gray" }"#)
        let result = try Program.svertka.run(
            "diff", "old.json", "new.json", "photo.png", in: folder, environment: ["TMPDIR": "/missing"])
        #expect(result.status == 1 && result.errors.contains("set TMPDIR to a folder"), "\(result.errors)")
    }

    @Test func aPictureThatFailsIsNamedAndTheOthersAreCompared() throws {
        _ = try steps(#"{ "op": "gray" }"#, #"{ "op": "gray" }"#)
        let result = try Program.svertka.run("diff", "old.json", "new.json", "gone.png", "photo.png", in: folder)
        #expect(result.status == 1 && result.errors.contains("gone.png"))
        #expect(result.output.contains("written: the same"))
        #expect(result.output.hasSuffix("1 picture, 0 with other outputs, 0 with other labels\n"))
    }
}
