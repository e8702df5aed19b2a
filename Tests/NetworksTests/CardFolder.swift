import Foundation
import Networks
import Pipelines
import Specification

/// A temporary folder with cards, models and pipelines.
final class CardFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/networks-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
    }

    /// A card for the colours model, with more keys.
    func colours(_ keys: String = "", input: String = #""scale": "1/255""#, named name: String = "colours.json") throws
    {
        try TestModel.colours().write(to: path + "/colours.onnx")
        try write(
            name,
            """
            { "version": 1, "task": "classify", "model": "colours.onnx", "labels": ["red", "green", "blue"],
              "input": { \(input) }\(keys.isEmpty ? "" : ", ")\(keys) }
            """)
    }

    func card(_ name: String) -> (PictureNetwork?, Diagnostics) { CardReader.load(PathBytes(path + "/" + name)) }

    func pipeline(_ steps: String..., networks: NetworkStore = NetworkStore()) -> (Pipeline?, Diagnostics) {
        let text =
            #"{ "version": 1, "name": "test", "steps": [{ "op": "decode" }, \#(steps.joined(separator: ", "))] }"#
        let source = SourceText(file: path + "/pipeline.json", text: text)
        var diagnostics = Diagnostics(source: source)
        return (PipelineReader.read(source, networks: networks, into: &diagnostics), diagnostics)
    }
}
