import Foundation
import Specification
import Testing

/// Tables with every kind of parameter.
enum SampleTables {
    static let parameters = [
        ParameterDescription(key: "flag", kind: .boolean, defaultText: "true", meaning: "A flag"),
        ParameterDescription(
            key: "count", kind: .integer(1...64), isRequired: true, unit: "pixels", meaning: "A count"),
        ParameterDescription(key: "open", kind: .integer(0...Int.max), meaning: "A count without end"),
        ParameterDescription(key: "ratio", kind: .number(anyPositive), defaultText: "0.5", meaning: "A | ratio"),
        ParameterDescription(key: "share", kind: .number(0...1), meaning: "A share"),
        ParameterDescription(key: "text", kind: .string, meaning: "A text"),
        ParameterDescription(key: "word", kind: .choice(["one", "two"]), defaultText: "\"one\"", meaning: "A word"),
        ParameterDescription(key: "bytes", kind: .byteCount(1...Int.max), meaning: "Bytes"),
        ParameterDescription(key: "time", kind: .duration, meaning: "A time"),
        ParameterDescription(key: "colour", kind: .colour, meaning: "A colour"),
        ParameterDescription(key: "matrix", kind: .matrix(maxRows: 3, maxColumns: 2), meaning: "A matrix"),
        ParameterDescription(key: "list", kind: .list(.integer(0...9), count: 1...3), meaning: "A list"),
        ParameterDescription(
            key: "object", kind: .object([ParameterDescription(key: "inner", kind: .boolean, meaning: "Inside")]),
            meaning: "An object"),
        ParameterDescription(key: "map", kind: .map(.string), meaning: "A map"),
        ParameterDescription(
            key: "either", kind: .anyOf([.choice(["auto"]), .integer(1...4)]), meaning: "One or the other"),
        ParameterDescription(key: "name", kind: .valueName, meaning: "A name"),
        ParameterDescription(key: "file", kind: .template, meaning: "A file name"),
        ParameterDescription(key: "path", kind: .path, meaning: "A path"),
        ParameterDescription(key: "pattern", kind: .glob, meaning: "A pattern"),
        ParameterDescription(key: "any", kind: .anyJSON, meaning: "Anything"),
    ]

    static let steps = [
        StepDescription(
            name: "sample", summary: "Shows every kind", parameters: parameters, inputs: 1...3, results: 1...2,
            notes: "A note.", examples: [#"{ "op": "sample", "count": 3 }"#]),
        StepDescription(name: "plain", summary: "Does nothing", inputs: 0...0),
    ]
}

@Suite("Schema and reference come from the tables of the parser")
struct SchemaTests {
    /// The folder of the package, found by its Config folder above this file.
    static let package: String? = {
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while folder.path != "/" {
            let config = folder.appending(path: "Config").path
            if FileManager.default.fileExists(atPath: config) { return folder.path }
            folder.deleteLastPathComponent()
        }
        return nil
    }()

    /// A new one is written by `scripts/generate-docs`.
    @Test func theCommittedSchemaIsTheGeneratedOne() throws {
        let path = try #require(Self.package) + "/Config/config.schema.json"
        let schema = JSONSchema.schema(
            forObject: ServiceConfiguration.Table.document, title: "Svertka service configuration")
        let text = JSONWriter.text(schema, style: .pretty) + "\n"
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    @Test(arguments: ["svertka.json", "local.json"])
    func theCommittedConfigurationsAreRight(_ name: String) throws {
        let path = try #require(Self.package) + "/Config/" + name
        let (configuration, diagnostics) = try ServiceConfiguration.load(path: PathBytes(path))
        #expect(configuration != nil && diagnostics.isEmpty, "\(diagnostics.render())")
    }

    /// The sample shows the defaults: with and without what it sets, the limits and the folder are the same.
    @Test func theSampleShowsTheDefaults() throws {
        let path = try #require(Self.package) + "/Config/svertka.json"
        let read = try #require(try ServiceConfiguration.load(path: PathBytes(path)).configuration)
        let text = #"{ "state": "/s", "folders": [{ "root": "/r", "pipeline": "p" }] }"#
        let bare = try #require(ServiceConfigurationTests.read(text).configuration)
        #expect(read.limits == bare.limits && read.workers == bare.workers && read.memory == bare.memory)
        let (shown, silent) = (read.folders[0], bare.folders[0])
        #expect(shown.filter == silent.filter && shown.isRecursive == silent.isRecursive)
        #expect(shown.originals == silent.originals && shown.settle == silent.settle)
        #expect(shown.watch == silent.watch && shown.priority == silent.priority)
        #expect(shown.onConflict == silent.onConflict)
    }

    /// A default that its own kind refuses would be shown by schema and reference, and refused when it is written out.
    @Test func defaultsAreOfTheirOwnKind() throws {
        let tables = [
            ServiceConfiguration.Table.document, ServiceConfiguration.Table.limitTable,
            ServiceConfiguration.Table.folderTable, PipelineDocument.table,
        ]
        for description in tables.joined() {
            guard let text = description.defaultText else { continue }
            let object = try #require(read("{ \"\(description.key)\": \(text) }").value, "\(description.key): \(text)")
            var reader = ParameterReader(object: object, of: [description])
            _ = reader.read(
                Parameter<Bool>.custom(description.key, description.kind, default: true, defaultText: nil, "") {
                    _, _ in true
                })
            #expect(reader.diagnostics == [])
        }
    }

    @Test func aPipelineSchemaNamesEveryStepAndKey() throws {
        let schema = try #require(
            read(JSONWriter.text(JSONSchema.schema(forPipelineSteps: SampleTables.steps))).value)
        let definition = try #require(schema["$defs"]?["sample"])
        for parameter in SampleTables.parameters {
            let property = try #require(definition["properties"]?[parameter.key], "\(parameter.key)")
            #expect(property["description"]?.string?.hasPrefix(parameter.meaning) == true)
            #expect((property["default"] != nil) == (parameter.defaultText != nil))
        }
        #expect(definition["required"]?.array?.compactMap(\.string) == ["op", "count"])
        #expect(definition["additionalProperties"]?.bool == false)
        #expect(definition["properties"]?["from"]?["anyOf"] != nil)
        #expect(schema["$defs"]?["plain"]?["properties"]?["from"] == nil)
        #expect(schema["$defs"]?["plain"]?["properties"]?["as"]?["type"]?.string == "string")
        let item = schema["properties"]?["steps"]?["items"]
        #expect(item?["properties"]?["op"]?["enum"]?.array?.compactMap(\.string) == ["sample", "plain"])
    }

    @Test func theReferenceNamesEveryKey() {
        let markdown = Reference.markdown(forSteps: SampleTables.steps)
        #expect(markdown.hasPrefix("## `sample`\n\nShows every kind.\n\n| key | value | default | meaning |\n"))
        #expect(markdown.contains("| `count` | a whole number, 1...64 pixels | required | A count |"))
        #expect(markdown.contains("| `ratio` | a number, more than 0 | `0.5` | A \\| ratio |"))
        #expect(markdown.contains("```json\n{ \"op\": \"sample\", \"count\": 3 }\n```"))
        let text = Reference.text(for: SampleTables.steps[0])
        for parameter in SampleTables.parameters { #expect(text.contains("  \(parameter.key) ")) }
        #expect(Reference.overview(of: SampleTables.steps) == "sample  Shows every kind\nplain   Does nothing\n")
        let document = Reference.markdown(forObject: ServiceConfiguration.Table.document, title: "Configuration")
        #expect(document.contains("### `limits`") && document.contains("### `folders[]`"))
    }
}
