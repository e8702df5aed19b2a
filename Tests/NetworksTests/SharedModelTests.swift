import Foundation
import Networks
import PipelineTestSupport
import Testing

@Suite("Real classifiers with their cards give the reference's outputs")
struct SharedModelTests {
    /// The folder beside the package, or what `SVERTKA_SHARED` says.
    static let models: String? = {
        if let stated = ProcessInfo.processInfo.environment["SVERTKA_SHARED"] { return stated + "/models" }
        var folder = URL(filePath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let found = folder.appending(path: "shared/models").path
            if FileManager.default.fileExists(atPath: found) { return found }
        }
        return nil
    }()

    static let cards = [
        "tiny_darknet": """
        "labels": "MODELS/imagenet1k_darknet.txt", "output": { "activation": "softmax" },
        "input": { "size": [224, 224], "fit": "cover", "shortSide": 256, "scale": "1/255" }
        """,
        "mnist_opt":
            #""labels": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], "output": { "activation": "softmax" }"#,
    ]

    @Test(arguments: cards.keys.sorted())
    func theReferenceIsTheGoldenPair(_ name: String) throws {
        guard let models = Self.models else {
            print("skipped: there is no folder of models")
            return
        }
        let folder = try CardFolder()
        try folder.write(
            "card.json",
            """
            { "version": 1, "task": "classify", "model": "\(models)/\(name).onnx",
              \(Self.cards[name]!.replacing("MODELS", with: models)),
              "golden": { "input": "\(models)/reference/\(name).in0.npy", "output": "\(models)/reference/\(name).out0.npy" } }
            """)
        let (network, diagnostics) = folder.card("card.json")
        #expect(network != nil && diagnostics.isEmpty, "\(diagnostics.render())")
        // A picture of noise goes through, whatever it is taken for.
        let (pipeline, _) = folder.pipeline(#"{ "op": "classify", "model": "card.json" }"#, #"{ "op": "record" }"#)
        let outputs = try Outputs(of: try #require(pipeline), on: Picture.random(300, 200, .rgb))
        #expect(outputs.names == ["picture.json"])
    }
}
