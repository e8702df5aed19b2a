import Pipelines
import Specification

/// Reads a pipeline for a command, or tells every fault and ends with exit code 2.
enum PipelineFile {
    static func load(_ path: String) throws -> Pipeline {
        let (pipeline, diagnostics) = read(path)
        if !diagnostics.isEmpty { Terminal.write(diagnostics.render(color: Terminal.usesColor), to: 2) }
        guard let pipeline else { throw ExitStatus.wrongConfiguration.error }
        return pipeline
    }

    /// The pipeline, nil where there are errors, and all diagnostics.
    static func read(_ path: String) -> (Pipeline?, Diagnostics) {
        do throws(SourceFileError) {
            let source = try SourceText.load(path: path)
            var diagnostics = Diagnostics(source: source)
            let pipeline = PipelineReader.read(source, into: &diagnostics)
            return (pipeline, diagnostics)
        } catch {
            return (nil, error.diagnostics)
        }
    }
}
