import ArgumentParser
import Inference
import ONNX
import Specification

struct ModelInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Print a network's inputs, outputs, operators, size, multiplications and memory.",
        discussion: """
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
        let network = try ModelCommand.load(file)
        for warning in network.warnings { Terminal.say("\(ONNX.printable(network.file)): warning: \(warning)") }
        let types: [TensorType], plan: Plan
        do {
            types = try network.inputTypes(first: shape)
            plan = try network.plan(
                for: Dictionary(uniqueKeysWithValues: zip(network.inputs.map(\.name), types)))
        } catch {
            Terminal.say(error.description)
            throw ExitStatus.wrongConfiguration.error
        }
        Terminal.print(json ? JSONWriter.text(node(network, plan, types), style: .pretty) : text(network, plan, types))
    }

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

    private func node(_ network: Network, _ plan: Plan, _ types: [TensorType]) -> JSONNode {
        .object([
            ("file", .string(network.file)), ("producer", .string(network.producer)),
            ("opset", .integer(network.opset)), ("inputs", declared(network.inputs)),
            ("outputs", declared(network.outputs)), ("parameters", .integer(network.parameterCount)),
            (
                "operators",
                .object(network.operatorCounts.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
            ),
            (
                "plan",
                .object([
                    ("inputShapes", .array(types.map { .array($0.shape.map(JSONNode.integer)) })),
                    ("multiplications", .integer(plan.multiplicationCount)),
                    ("peakBytes", .integer(plan.peakByteCount)),
                    (
                        "steps",
                        .array(
                            plan.report.map { step in
                                .object(compacting: [
                                    ("operator", .string(step.operatorName)), ("node", .string(step.label)),
                                    ("output", step.output.map { .array($0.shape.map(JSONNode.integer)) }),
                                    ("multiplications", .integer(step.multiplications)),
                                ])
                            })
                    ),
                ])
            ),
        ])
    }

    private func text(_ network: Network, _ plan: Plan, _ types: [TensorType]) -> String {
        func lines(_ title: String, _ values: [ValueInfo]) -> [String] {
            values.map { value in
                let shape = value.shape.map { "[\($0.map(\.description).joined(separator: ", "))]" } ?? "of any shape"
                return "\(title) \(ONNX.printable(value.name)): \(value.type) \(shape)"
            }
        }
        let operators = network.operatorCounts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let shapes = types.map { $0.shape.map(String.init).joined(separator: "x") }.joined(separator: ", ")
        return
            ([
                "\(ONNX.printable(network.file)), operator set \(network.opset), made by \(ONNX.printable(network.producer))"
            ]
            + lines("input", network.inputs) + lines("output", network.outputs)
            + [
                "parameters \(network.parameterCount)", "operators \(operators)",
                "with \(shapes): \(plan.report.count) steps, \(plan.multiplicationCount) multiplications, "
                    + "\(plan.peakByteCount) bytes beside the weights",
            ]).joined(separator: "\n")
    }
}
