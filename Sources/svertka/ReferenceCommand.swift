import ArgumentParser
import Networks
import Pipelines
import Specification

/// Prints what stands in docs/, for `make docs`, and the manual, for `make install`.
struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference",
        abstract: "Print the reference of steps, the configuration or model cards as Markdown, or the manual for man.",
        shouldDisplay: false)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case steps, configuration, cards, manual
    }

    @Argument(help: "steps, configuration, cards or manual")
    var kind: Kind

    func run() {
        switch kind {
        case .steps:
            Terminal.write(Reference.markdown(forSteps: StepRegistry.descriptions), to: 1)
        case .configuration:
            Terminal.write(
                Reference.markdown(forObject: ServiceConfiguration.Table.document, title: "Keys"), to: 1)
        case .cards:
            Terminal.write(Reference.markdown(forObject: ModelCard.Table.document, title: "Keys"), to: 1)
        case .manual: Terminal.write(ManualPage.text(), to: 1)
        }
    }
}
