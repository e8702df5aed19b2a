import ArgumentParser
import Inference
import ONNX
import Scheduling
import Specification

struct BenchModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Run a network N times on random input; two more runs before warm up.",
        discussion: """
            svertka bench model resnet50.onnx --shape 1x3x224x224 --layers
            """)

    @Argument(help: "The network, an ONNX file.", completion: .file(extensions: ["onnx"]))
    var file: String

    @Option(help: "The first input's shape, such as 1x3x224x224; others take their declared shape.")
    var shape: String?

    @Option(help: "Threads that compute.")
    var threads: Int = 1

    @Option(name: .customLong("repeat"), help: "How often the network runs.")
    var count: Int = 9

    @Flag(help: "Also print a table by layer.")
    var layers = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if !(1...1024).contains(threads) { throw ValidationError("--threads is \(threads); allowed are 1 to 1024.") }
        if !(1...1_000_000).contains(count) { throw ValidationError("--repeat is \(count); allowed are 1 to 1000000.") }
    }

    func run() throws {
        let shape = try shape.map(ModelCommand.shape)
        let network = try ModelCommand.load(file)
        let result: NetworkBenchmark.Result
        do {
            let scheduler = WorkScheduler(width: threads, memory: .unlimited)
            result = try NetworkBenchmark(network, shape: shape).run(count: count) { Workers(scheduler) }
        } catch {
            Terminal.say(error.description)
            throw ExitStatus.someFilesFailed.error
        }
        Terminal.print(json ? JSONWriter.text(node(result)) : text(result))
    }

    private func node(_ result: NetworkBenchmark.Result) -> JSONNode {
        let steps = zip(result.plan.report, result.steps).map { step, time in
            JSONNode.object(compacting: [
                ("node", .string(step.label)), ("operator", .string(step.operatorName)),
                ("algorithm", step.algorithm.isEmpty ? nil : .string(step.algorithm)), ("ms", .number(time)),
                ("multiplications", .integer(step.multiplications)),
                ("output", step.output.map { .array($0.shape.map(JSONNode.integer)) }),
            ])
        }
        return .object(compacting: [
            ("min_ms", .number(result.least)), ("median_ms", .number(result.median)),
            ("threads", .integer(threads)), ("repeat", .integer(count)),
            ("multiplications", .integer(result.plan.multiplicationCount)),
            ("peak_bytes", .integer(result.plan.peakByteCount)), ("layers", layers ? .array(steps) : nil),
        ])
    }

    private func text(_ result: NetworkBenchmark.Result) -> String {
        func rounded(_ value: Double, _ digits: Double = 1000) -> String { String((value * digits).rounded() / digits) }
        func rate(_ multiplications: Int, _ time: Double) -> String {
            multiplications == 0 ? "" : "  \(rounded(2e-6 * Double(multiplications) / time, 10)) GFLOP/s"
        }
        var lines: [String] = []
        if layers {
            for (step, time) in zip(result.plan.report, result.steps) {
                let shape = step.output.map { $0.shape.map(String.init).joined(separator: "x") } ?? "?"
                lines.append(
                    "\(rounded(time)) ms  \(step.operatorName) \(step.algorithm)  \(shape)\(rate(step.multiplications, time))  \(step.label)"
                )
            }
        }
        lines.append(
            "least \(rounded(result.least)) ms, median \(rounded(result.median)) ms of \(count)"
                + rate(result.plan.multiplicationCount, result.least))
        return lines.joined(separator: "\n")
    }
}
