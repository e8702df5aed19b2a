import ArgumentParser
import Inference
import ONNX
import Specification
import SystemPackage

struct ModelInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Print a network's inputs, outputs, layers, parameters, multiplications and memory plan.",
        discussion: """
            A network that cannot be run is shown as far as it can be read, with everything that is missing; the exit \
            code is then 2.

            svertka model inspect resnet50.onnx
            """)

    @Argument(help: "The network, an ONNX file.", completion: .file(extensions: ["onnx"]))
    var file: String

    @Option(help: "The first input's shape, such as 1x3x224x224, where the file leaves sizes open.")
    var shape: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let shape = try shape.map(ModelCommand.shape)
        let model: Model
        do {
            model = try Model.read(FilePath(file))
        } catch {
            Terminal.say(error.description)
            throw ExitStatus.wrongConfiguration.error
        }
        for warning in model.warnings { Terminal.say("\(ONNX.printable(model.file)): warning: \(warning)") }
        var run: RunReport?
        var fault: InferenceError?
        do {
            run = try RunReport(try Network(model), first: shape)
        } catch {
            fault = error
        }
        let report = ModelReport(model: model, run: run, fault: fault?.description)
        Terminal.print(json ? JSONWriter.text(report.json, style: .pretty) : report.text)
        guard let fault else { return }
        Terminal.say(fault.description)
        throw ExitStatus.wrongConfiguration.error
    }
}

/// How a network runs on inputs of given shapes.
private struct RunReport {
    let types: [TensorType]
    let layers: [LayerReport]
    let plan: Plan
    let weightByteCount: Int

    init(_ network: Network, first shape: [Int]?) throws(InferenceError) {
        types = try network.inputTypes(first: shape)
        let named = Dictionary(uniqueKeysWithValues: zip(network.inputs.map(\.name), types))
        plan = try network.plan(for: named)
        layers = try network.layers(for: named)
        weightByteCount = network.weightByteCount
    }
}

/// What is told of a model.
private struct ModelReport {
    let model: Model
    /// Nil where it cannot be run, for the reason that `fault` gives.
    let run: RunReport?
    let fault: String?

    private func sizes(_ type: TensorType?) -> JSONNode? { type.map { .array($0.shape.map(JSONNode.integer)) } }

    private func declared(_ values: [ValueInfo]) -> JSONNode {
        .array(
            values.map { value in
                let shape = value.shape?.map { dimension in
                    if case .fixed(let size) = dimension {
                        JSONNode.integer(size)
                    } else {
                        JSONNode.string(dimension.description)
                    }
                }
                return .object(compacting: [
                    ("name", .string(value.name)), ("type", .string(value.type.rawValue)),
                    ("shape", shape.map(JSONNode.array)),
                ])
            })
    }

    var json: JSONNode {
        let unsupported = model.unsupportedOperators
        return .object(compacting: [
            ("file", .string(model.file)), ("producer", .string(model.producer)), ("opset", .integer(model.opset)),
            ("inputs", declared(model.graph.inputs)), ("outputs", declared(model.graph.outputs)),
            ("parameters", .integer(model.parameterCount)),
            (
                "operators",
                .object(model.operatorCounts.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
            ),
            ("unsupported", .array(unsupported.map(JSONNode.string))),
            ("error", fault.map(JSONNode.string)),
            ("layers", run == nil ? .array(model.graph.nodes.map(unshaped)) : nil),
            ("layers", run.map { .array($0.layers.map(layer)) }),
            ("plan", run.map(plan)),
        ])
    }

    private func unshaped(_ node: Node) -> JSONNode {
        .object([("name", .string(node.givenName)), ("operator", .string(node.operatorName))])
    }

    private func layer(_ layer: LayerReport) -> JSONNode {
        .object(compacting: [
            ("name", .string(layer.name)), ("operator", .string(layer.operatorName)), ("output", sizes(layer.output)),
            ("parameters", .integer(layer.parameters)), ("multiplications", .integer(layer.multiplications)),
        ])
    }

    private func plan(_ run: RunReport) -> JSONNode {
        .object([
            ("inputShapes", .array(run.types.map { .array($0.shape.map(JSONNode.integer)) })),
            ("multiplications", .integer(run.plan.multiplicationCount)),
            ("weightBytes", .integer(run.weightByteCount)),
            ("arenaBytes", .integer(run.plan.arenaByteCount)),
            ("outputBytes", .integer(run.plan.outputByteCount)),
            ("threadBytes", .integer(run.plan.pieceByteCount)),
            ("peakBytes", .integer(run.plan.peakByteCount)),
            (
                "steps",
                .array(
                    run.plan.report.map { step in
                        .object(compacting: [
                            ("operator", .string(step.operatorName)), ("node", .string(step.label)),
                            ("algorithm", step.algorithm.isEmpty ? nil : .string(step.algorithm)),
                            ("output", sizes(step.output)), ("offset", step.offset.map(JSONNode.integer)),
                            ("bytes", (step.output?.byteCount).map(JSONNode.integer)),
                            ("multiplications", .integer(step.multiplications)),
                        ])
                    })
            ),
        ])
    }

    var text: String {
        func lines(_ title: String, _ values: [ValueInfo]) -> [String] {
            values.map { value in
                let shape = value.shape.map { "[\($0.map(\.description).joined(separator: ", "))]" } ?? "of any shape"
                return "\(title) \(ONNX.printable(value.name)): \(value.type) \(shape)"
            }
        }
        let unsupported = model.unsupportedOperators
        let operators = model.operatorCounts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\(ONNX.printable($0.key)) \($0.value)" + (unsupported.contains($0.key) ? " (not supported)" : "") }
            .joined(separator: ", ")
        let producer = model.producer.isEmpty ? "" : ", made by \(ONNX.printable(model.producer))"
        var result = ["\(ONNX.printable(model.file)), operator set \(model.opset)\(producer)"]
        result += lines("input", model.graph.inputs) + lines("output", model.graph.outputs)
        result += ["parameters \(model.parameterCount)", "operators \(operators)"]
        guard let run else {
            result += ["layers"]
            result += Table.lines(
                model.graph.nodes.map { [ONNX.printable($0.givenName), ONNX.printable($0.operatorName)] })
            return result.joined(separator: "\n")
        }
        result += ["layers: output, parameters, multiplications (each with an addition)"]
        result += Table.lines(
            run.layers.map {
                [
                    ONNX.printable($0.name), $0.operatorName, $0.output?.description ?? "known in a run",
                    $0.parameters == 0 ? "" : String($0.parameters),
                    $0.multiplications == 0 ? "" : String($0.multiplications),
                ]
            })
        let shapes = run.types.map { $0.shape.map(String.init).joined(separator: "x") }.joined(separator: ", ")
        result.append(
            "with \(shapes): \(run.plan.report.count) steps, \(run.plan.multiplicationCount) multiplications")
        result.append(
            "memory \(run.weightByteCount) bytes of weights, once; for each run \(run.plan.arenaByteCount) between the "
                + "layers, \(run.plan.outputByteCount) of outputs, \(run.plan.pieceByteCount) for each thread")
        return result.joined(separator: "\n")
    }
}

/// Rows of text under one another.
private enum Table {
    /// Each column as wide as its longest entry, but for long ones, which push their row to the right.
    static func lines(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            min(40, rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0)
        }
        return rows.map { row in
            var line = " "
            for (column, entry) in row.enumerated() {
                line += " " + entry + String(repeating: " ", count: max(0, widths[column] - entry.count) + 1)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
