import ArgumentParser
import Batch
import Inference
import ONNX
import Scheduling
import SystemPackage

struct ModelRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a network on arrays in NumPy's format.",
        discussion: """
            Writes NAME.npy for each output into the folder; a / in a name becomes _.

            svertka model run resnet50.onnx --input data=picture.npy --output results
            """)

    @Argument(help: "The network, an ONNX file.", completion: .file(extensions: ["onnx"]))
    var file: String

    @Option(
        name: .customLong("input"),
        help: "An input, NAME=FILE.npy; the name may be left out where the network has one input.")
    var inputs: [String] = []

    @Option(help: "The folder for the outputs.")
    var output: String

    @Option(help: "Threads that compute; by default as many as affinity and the CPU quota allow.")
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads is \(threads); allowed are 1 to 1024.")
        }
    }

    func run() throws {
        let network = try ModelCommand.load(file)
        do {
            var tensors: [String: Tensor] = [:]
            for (index, text) in inputs.enumerated() {
                let (name, path) = try entry(text, index, network)
                if tensors[name] != nil {
                    throw ValidationError("The input \"\(ONNX.printable(name))\" is given twice.")
                }
                tensors[name] = try NumpyFile.read(FilePath(path))
            }
            let scheduler = WorkScheduler(width: threads ?? CPUBudget.detect().width, memory: .unlimited)
            let outputs = try network.run(tensors, workers: Workers(scheduler))
            // What cannot be made shows when the first output is written.
            try? OutputFolder.make(Array(output.utf8))
            for value in network.outputs {
                guard let tensor = outputs[value.name] else { continue }
                try NumpyFile.write(tensor, to: FilePath(output).appending(Self.fileName(value.name)))
                Terminal.print("\(ONNX.printable(value.name)) \(tensor.type)")
            }
        } catch let error as InferenceError {
            Terminal.say(error.description)
            throw ExitStatus.someFilesFailed.error
        }
    }

    /// Splits NAME=FILE at the longest name that the network has, so that file names may hold a =.
    private func entry(_ text: String, _ index: Int, _ network: Network) throws -> (name: String, path: String) {
        let named = network.inputs.map(\.name).filter { text.hasPrefix($0 + "=") }.max { $0.count < $1.count }
        if let named { return (named, String(text.dropFirst(named.count + 1))) }
        guard network.inputs.count == 1 else {
            let names = network.inputs.map { ONNX.printable($0.name) }.joined(separator: ", ")
            throw ValidationError("--input \(ONNX.printable(text)) names none of the inputs \(names).")
        }
        return (network.inputs[0].name, text)
    }

    static func fileName(_ output: String) -> String {
        let name = String(output.map { $0 == "/" || $0 == "\0" ? "_" : $0 })
        return (name.utf8.count > 200 ? String(name.prefix(50)) : name) + ".npy"
    }
}
