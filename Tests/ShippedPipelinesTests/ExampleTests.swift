import Foundation
import Networks
import PipelineTestSupport
import Pipelines
import Specification
import Testing

@Suite("Every example in the reference runs")
struct ExampleTests {
    struct Example: CustomTestStringConvertible {
        let op: String
        let text: String
        var testDescription: String { text }
    }

    /// Those of networks, and of what reads their findings, need networks: NetworkPipelineTests has some.
    static let examples = StepRegistry.descriptions.filter { step in
        !["route", "upright", "mask", "overlay"].contains(step.name)
            && !NetworkRegistry.operations.contains { $0.step.name == step.name }
    }.flatMap { step in
        step.examples.map { Example(op: step.name, text: $0) }
    }

    @Test func everyStepHasAnExample() {
        #expect(StepRegistry.descriptions.filter(\.examples.isEmpty).map(\.name) == [])
    }

    @Test(arguments: examples)
    func runs(_ example: Example) throws {
        let source = SourceText(file: "example.json", text: Self.pipeline(example))
        let (pipeline, diagnostics) = Shipped.read(source)
        let picture = Picture.random(700, 510, .rgb)
        let outputs = try Outputs(of: try #require(pipeline, "\(diagnostics.render())"), on: picture)
        #expect(!outputs.names.isEmpty)
    }

    /// The example with the steps around it that it needs: the values that it reads are made first.
    private static func pipeline(_ example: Example) -> String {
        var steps: [String] = []
        if example.op != "decode" { steps.append(#"{ "op": "decode" }"#) }
        steps += values(example.text).map { #"{ "op": "channel", "channel": "red", "as": "\#($0)" }"# }
        steps.append(example.text)
        if example.op != "encode" {
            // Values that lie beside the picture have to be read by name.
            let from = names("as", of: example.text).first.map { #", "from": "\#($0)""# } ?? ""
            steps.append(#"{ "op": "encode", "format": "png", "file": "result.png"\#(from) }"#)
        }
        return #"{ "version": 1, "steps": [\#(steps.joined(separator: ",\n"))] }"#
    }

    /// The names in `from` and `mask`.
    private static func values(_ example: String) -> [String] {
        names("from", of: example) + names("mask", of: example)
    }

    private static func names(_ key: String, of example: String) -> [String] {
        let step = try? JSONSerialization.jsonObject(with: Data(example.utf8)) as? [String: Any]
        return step?[key] as? [String] ?? (step?[key] as? String).map { [$0] } ?? []
    }
}
