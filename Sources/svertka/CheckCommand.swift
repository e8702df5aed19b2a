import ArgumentParser
import Networks
import Pipelines
import Specification

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check pipelines, configurations and model cards; tell every error at once.",
        discussion: """
            A document with "steps" is a pipeline, whose model cards are checked too; one with "folders" a \
            configuration, whose pipelines are checked too; one with "task" a model card.
            Exit code 0: all are right; 2: an error was told; 9: a configuration is unsafe.

            svertka check Pipelines/*.json Config/svertka.json
            svertka check pipeline.json --format sarif > pipeline.sarif
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, sarif
    }

    @Argument(help: "Pipelines, configurations and model cards.", completion: .file(extensions: ["json"]))
    var files: [String]

    @Option(help: "How to print what is wrong: text (on standard error), json or sarif (on standard output).")
    var format: Format = .text

    func run() throws {
        let checked = files.map { (file: $0, diagnostics: DocumentCheck.check($0)) }
        let all = checked.flatMap(\.diagnostics)
        switch format {
        case .text:
            for diagnostics in all where !diagnostics.isEmpty {
                Terminal.write(diagnostics.render(color: Terminal.usesColor), to: 2)
            }
            for (file, diagnostics) in checked where !diagnostics.contains(where: \.hasErrors) {
                Terminal.say("\(file): right")
            }
        case .json: Terminal.print(Diagnostics.renderJSON(all))
        case .sarif: Terminal.print(Diagnostics.renderSARIF(all, toolVersion: Version.text))
        }
        if all.contains(where: { $0.all.contains { ServiceConfiguration.unsafeRules.contains($0.rule) } }) {
            throw ExitStatus.unsafeConfiguration.error
        }
        if all.contains(where: \.hasErrors) { throw ExitStatus.wrongConfiguration.error }
    }
}

/// Finds out what a document is and checks it, with the documents that it names.
enum DocumentCheck {
    static func check(_ file: String) -> [Diagnostics] {
        do throws(SourceFileError) {
            let source = try SourceText.load(path: file)
            var diagnostics = Diagnostics(source: source)
            var probe = Diagnostics(source: source)
            let document = JSONReader.read(source, into: &probe)
            if document?["folders"] != nil, document?["steps"] == nil {
                let configuration = ServiceConfiguration.read(
                    source, path: PathBytes(file), into: &diagnostics)
                let pipelines = Set(configuration?.folders.map(\.pipeline) ?? [])
                return [diagnostics]
                    + pipelines.map { PipelineFile.read(String(decoding: $0.bytes, as: UTF8.self)).1 }
            }
            if let document, CardReader.isCard(document) {
                _ = CardReader.read(source, path: PathBytes(file), into: &diagnostics)
            } else {
                _ = PipelineReader.read(source, into: &diagnostics)
            }
            return [diagnostics]
        } catch {
            return [error.diagnostics]
        }
    }
}
