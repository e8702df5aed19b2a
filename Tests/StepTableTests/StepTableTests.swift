import Foundation
import Operations
import Pipelines
import Specification
import Testing

@Suite("The tables of the steps, their examples and the committed schema agree")
struct StepTableTests {
    /// A new schema is written by `scripts/generate-docs`.
    @Test func theCommittedPipelineSchemaIsTheGeneratedOne() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Config/pipeline.schema.json").standardized.path
        let text =
            JSONWriter.text(JSONSchema.schema(forPipelineSteps: StepRegistry.descriptions), style: .pretty) + "\n"
        let isSame = try String(contentsOfFile: path, encoding: .utf8) == text
        #expect(isSame, "run scripts/generate-docs")
    }

    @Test func everyStepHasANameOfItsOwnASummaryAndAnExample() {
        let steps = StepRegistry.descriptions
        #expect(Set(steps.map(\.name)).count == steps.count)
        for step in steps {
            #expect(!step.summary.isEmpty && !step.examples.isEmpty, "\(step.name)")
            #expect(Set(step.parameters.map(\.key)).count == step.parameters.count, "\(step.name)")
            for parameter in step.parameters {
                #expect(!parameter.meaning.isEmpty, "\(step.name).\(parameter.key)")
                #expect(!parameter.meaning.contains("\n"), "\(step.name).\(parameter.key)")
            }
        }
    }

    /// A default that its own kind refuses would be shown by schema and reference, and refused when it is written out.
    @Test(arguments: StepRegistry.descriptions.map(\.name))
    func defaultsAreOfTheirOwnKind(_ name: String) throws {
        let step = try #require(StepRegistry.descriptions.first { $0.name == name })
        for parameter in step.parameters {
            guard let text = parameter.defaultText else { continue }
            #expect(
                try faults(#"{ "\#(parameter.key)": \#(text) }"#, of: [parameter]) == [], "\(name).\(parameter.key)")
        }
    }

    @Test(arguments: StepRegistry.descriptions.map(\.name))
    func examplesAreRight(_ name: String) throws {
        let step = try #require(StepRegistry.descriptions.first { $0.name == name })
        for example in step.examples {
            let object = try value(example)
            #expect(object["op"]?.string == name, "\(example)")
            var reader = ParameterReader(object: object, of: step, context: name, pointer: "")
            if let operation = OperationRegistry.operations.first(where: { $0.step.name == name }) {
                _ = operation.init(&reader)
            }
            #expect(reader.diagnostics.map(\.text) == [], "\(example)")
            #expect(try faults(example, of: step.parameters + ["op", "from", "as"].map(anything)) == [], "\(example)")
        }
    }

    private func anything(_ key: String) -> ParameterDescription {
        ParameterDescription(key: key, kind: .anyJSON, meaning: "")
    }

    private func value(_ text: String) throws -> JSONValue {
        let source = SourceText(file: "example", text: text)
        var diagnostics = Diagnostics(source: source)
        let value = JSONReader.read(source, into: &diagnostics)
        return try #require(diagnostics.isEmpty ? value : nil, "\(diagnostics.render())")
    }

    /// What the kinds of a table say about an object.
    private func faults(_ text: String, of table: [ParameterDescription]) throws -> [String] {
        var reader = ParameterReader(object: try value(text), of: table)
        for description in table {
            let key = Parameter<Bool>.custom(description.key, description.kind, default: true, defaultText: nil, "") {
                _, _ in true
            }
            _ = reader.read(key)
        }
        return reader.diagnostics.map(\.text)
    }
}
