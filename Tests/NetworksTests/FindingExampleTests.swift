import Foundation
import PipelineTestSupport
import Pipelines
import Specification
import Testing

@Suite("Every example of a step that reads findings runs")
struct FindingExampleTests {
    static let examples = StepRegistry.descriptions.filter { ["route", "mask", "overlay"].contains($0.name) }
        .flatMap(\.examples)

    @Test(arguments: examples)
    func runs(_ example: String) throws {
        let folder = try CardFolder()
        try TestModel.spots(size: 16).write(to: folder.path + "/spots.onnx")
        // Without labels, so that an example may name any.
        try folder.write(
            "spots.json",
            #"{ "version": 1, "task": "classify", "model": "spots.onnx", "input": { "scale": "1/255" } }"#)
        let step = try #require(
            try JSONSerialization.jsonObject(with: Data(example.utf8)) as? [String: Any])
        func names(_ key: String) -> [String] {
            step[key] as? [String] ?? (step[key] as? String).map { [$0] } ?? []
        }
        var steps = [
            #"{ "op": "classify", "model": "spots.json", "as": "kind" }"#,
            #"{ "op": "localize", "model": "spots.json", "threshold": 0 }"#,
        ]
        let isRoute = step["op"] as? String == "route"
        steps += ((isRoute ? [] : names("from")) + names("boxes")).map {
            #"{ "op": "localize", "model": "spots.json", "threshold": 0, "as": "\#($0)" }"#
        }
        steps += (names("mask") + names("picture")).map { #"{ "op": "mask", "as": "\#($0)" }"# }
        steps.append(example)
        let from = names("as").first.map { #", "from": "\#($0)""# } ?? ""
        steps.append(#"{ "op": "encode", "format": "png", "file": "{stem}.png"\#(from) }"#)
        let (pipeline, diagnostics) = folder.pipeline(steps.joined(separator: ", "))
        let picture = Picture.random(90, 70, .rgb)
        let outputs = try Outputs(of: try #require(pipeline, "\(diagnostics.render())"), on: picture)
        #expect(outputs.names.count == 1)
    }
}
