import Specification

/// Writes what every step found about the picture as JSON beside the output.
struct RecordStep: Sendable {
    private static let file = Parameter<String>.string(
        "file", as: .template, default: "{folder}/{stem}.json",
        "the record's name: {folder}, {stem} and {label} are replaced")

    static let step = StepDescription(
        name: "record",
        summary: "write what every step found as JSON beside the output",
        parameters: [file.description],
        inputs: 0...0, results: 0...0,
        notes: """
            The record names the input and its size, the pipeline, the outputs, warnings about the file, and what steps
            such as `find-pattern` found.
            """,
        examples: [#"{ "op": "record" }"#])

    let file: OutputTemplate

    init(_ reader: inout ParameterReader) {
        file = reader.template(Self.file)
    }
}
