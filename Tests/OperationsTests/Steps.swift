import Dataflow
import Kernels
import Raster
import Specification

@testable import Operations

/// Runs steps on a picture in memory, without a pipeline around them.
struct Steps {
    /// What was wrong with the JSON of a step.
    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    struct Result {
        /// Stored samples divided by their divisor.
        var values: Values
        /// As an encoder of 8 bits takes them.
        var bytes: [UInt8]
        var format: FieldFormat
        var findings: [(key: String, value: any Sendable)]
        var summaries: [String]
    }

    var json: [String]
    var options = CutOptions()
    var workers: any ParallelWorkers = SingleWorker()
    var rewrites = Set(Rewrite.allCases)
    var loops = HotLoops.current
    /// Whether rows come and go in order, as from a decoder and to an encoder, or lie in memory.
    var streams = false

    init(_ json: String...) { self.json = json }
    init(_ json: [String]) { self.json = json }

    /// The operation of one step, and where it takes its input from and puts its result.
    private struct Step {
        var operation: any ImageOperation
        var from: [String]
        /// Names that stand in other keys than `from`.
        var values: [String]
        var names: [String]
    }

    private func parse(_ text: String) throws -> Step {
        let source = SourceText(file: "test.json", text: text)
        var diagnostics = Diagnostics(source: source)
        guard let value = JSONReader.read(source, into: &diagnostics), let name = value["op"]?.string,
            let type = OperationRegistry.operations.first(where: { $0.step.name == name })
        else { throw Refused(description: "no such step: \(text) \(diagnostics.render())") }
        var reader = ParameterReader(object: value, of: type.step, context: name, pointer: "")
        let operation = type.init(&reader)
        reader.finish(into: &diagnostics)
        guard !reader.hasErrors else { throw Refused(description: diagnostics.render()) }
        return Step(
            operation: operation, from: reader.names("from").map(\.text),
            values: type.valueKeys.map(\.key).flatMap { key in reader.names(key).map(\.text) },
            names: reader.names("as").map(\.text))
    }

    /// What is said about the keys of the steps; empty where nothing is wrong.
    func faults() -> String {
        for text in json {
            do { _ = try parse(text) } catch { return "\(error)" }
        }
        return ""
    }

    /// - `picture`: named `input`.
    /// - Precondition: every `from` is a name of `pictures` or of an earlier step.
    func run(_ picture: Picture, with pictures: [String: Picture] = [:]) throws -> Result {
        var graph = Graph()
        let entries = [("input", picture)] + pictures.sorted { $0.key < $1.key }
        var named: [String: FieldID] = [:]
        for (name, picture) in entries { named[name] = graph.source(picture.format) }
        var current = named["input"]!
        for (index, text) in json.enumerated() {
            let step = try parse(text)
            var inputs = step.from.isEmpty ? [current] : step.from.map { named[$0]! }
            inputs += step.values.map { named[$0]! }
            let types = inputs.map {
                ValueType(layout: graph.format(of: $0).layout, size: graph.format(of: $0).size)
            }
            let expected = try step.operation.resultTypes(of: types)
            let context = LoweringContext(stepKey: "step\(index)", rewrites: rewrites, loops: loops)
            let results = try step.operation.lower(inputs, into: &graph, context)
            precondition(results.count == expected.count)
            for (type, field) in zip(expected, results) {
                let format = graph.format(of: field)
                if type.layout.map({ $0 != format.layout }) ?? false || type.size.map({ $0 != format.size }) ?? false {
                    throw Refused(description: "\(text): announced \(type), made \(format)")
                }
            }
            for (name, field) in zip(step.names, results) { named[name] = field }
            if step.operation is Split { continue }
            current = results[0]
        }
        return try finish(graph, current, entries.map(\.1))
    }

    private func finish(_ graph: Graph, _ field: FieldID, _ pictures: [Picture]) throws -> Result {
        var graph = graph
        let format = graph.format(of: field)
        graph.sink(graph.add(StoredRows(output: format), [field]))
        graph.sink(graph.add(ByteRows(input: format), [field]))
        // Where rounding is part of another operator, the bytes have to be the same.
        let rounded = graph.quantized(field, to: .uint8, rewrites: rewrites)
        graph.sink(rounded)
        let sources = pictures.map { RowBuffer($0) }
        let stored = RowBuffer(format)
        let bytes = RowBuffer(ByteRows(input: format).output)
        let fused = RowBuffer(graph.format(of: rounded))
        let context = RunContext(workers: workers)
        try graph.run(
            sources: sources.map { streams ? .stream(RowReading($0)) : .memory($0.window) },
            sinks: [stored, bytes, fused].map { streams ? .stream(RowWriting($0)) : .memory($0.window) },
            options: options, context: context)
        guard fused.samples == bytes.samples else {
            throw Refused(description: "rounding within the last operator gives other bytes: \(json)")
        }
        guard ([stored, bytes, fused] + sources).allSatisfy(\.areGuardsIntact) else {
            throw Refused(description: "something was written behind a row")
        }
        return Result(
            values: stored.values, bytes: bytes.samples.map { UInt8($0) }, format: format,
            findings: context.findings, summaries: graph.summaries)
    }
}

/// The rows as they are stored.
private struct StoredRows: RowOperator {
    let output: FieldFormat
    var summary: String { "stored" }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows { output.row(y).copyMemory(from: inputs[0].row(y), byteCount: self.output.bytesPerRow) }
    }
}

/// The rows as an encoder takes them.
private struct ByteRows: RowOperator {
    let input: FieldFormat
    var summary: String { "8 bits" }

    var output: FieldFormat {
        FieldFormat(
            size: input.size, channels: input.channels, hasAlpha: input.hasAlpha, type: .uint8, bounds: 0...255,
            isExact: false)
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let quantizer = Quantizer(divisor: input.divisor, output: .uint8)
        for y in rows {
            quantizeRow(inputs[0].row(y), input.type, to: output.row(y), by: quantizer, count: input.samplesPerRow)
        }
    }
}
