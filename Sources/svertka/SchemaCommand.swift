import ArgumentParser
import Networks
import Pipelines
import Specification

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of a kind of document, for editors.",
        discussion: """
            svertka schema pipeline > pipeline.schema.json
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case pipeline, config, model
    }

    @Argument(help: "pipeline, config or model")
    var kind: Kind

    func run() {
        let schema =
            switch kind {
            case .pipeline: JSONSchema.schema(forPipelineSteps: StepRegistry.descriptions)
            case .config:
                JSONSchema.schema(
                    forObject: ServiceConfiguration.Table.document, title: "Svertka service configuration")
            case .model: JSONSchema.schema(forObject: ModelCard.Table.document, title: "Svertka model card")
            }
        Terminal.print(JSONWriter.text(schema, style: .pretty))
    }
}
