import ArgumentParser
import Pipelines
import Specification

/// Prints what stands in docs/, for `make docs`.
struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference",
        abstract: "Print the reference of steps or of the configuration as Markdown.",
        shouldDisplay: false)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case steps, configuration
    }

    @Argument(help: "steps or configuration")
    var kind: Kind

    func run() {
        switch kind {
        case .steps:
            Terminal.write(Reference.markdown(forSteps: StepRegistry.descriptions), to: 1)
        case .configuration:
            Terminal.write(
                Reference.markdown(forObject: ServiceConfiguration.Table.document, title: "Keys"), to: 1)
        }
    }
}
