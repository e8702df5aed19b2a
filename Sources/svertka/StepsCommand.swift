import ArgumentParser
import Pipelines
import Specification

struct StepsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "steps",
        abstract: "List the steps of the pipeline language, or explain some of them.",
        discussion: """
            Without a name: one line for each step. With names: the keys of these steps, their ranges and defaults.

            svertka steps
            svertka steps convolve
            """)

    @Argument(help: "Names of steps.", completion: .list(StepRegistry.descriptions.map(\.name)))
    var names: [String] = []

    func validate() throws {
        let known = StepRegistry.descriptions.map(\.name)
        for name in names where !known.contains(name) {
            let hint =
                FamiliarWords.step(for: name).map { "in a pipeline it is written \($0)." }
                ?? nearest(name, in: known).map { "did you mean \($0)?" }
                ?? "there are \(known.joined(separator: ", "))."
            throw ValidationError("There is no step \(name); \(hint)")
        }
    }

    func run() {
        let steps = StepRegistry.descriptions
        guard !names.isEmpty else {
            Terminal.write(Reference.overview(of: steps), to: 1)
            return
        }
        let chosen = names.compactMap { name in steps.first { $0.name == name } }
        Terminal.write(chosen.map(Reference.text).joined(separator: "\n"), to: 1)
    }
}
