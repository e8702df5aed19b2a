import ONNX
import SystemPackage

@testable import Inference

/// One of ONNX's own operator tests: a model, inputs and the expected outputs.
struct OperatorCase {
    let folder: FilePath

    enum Outcome: Equatable {
        case passed
        /// Not in the scope of this program: an operator or a type that it does not have.
        case outOfScope(String)
        case failed(String)
    }

    func run() -> Outcome {
        let model: Model
        do {
            model = try Model.read(folder.appending("model.onnx"))
        } catch {
            return .outOfScope(error.description)
        }
        let missing = Set(model.graph.nodes.map(\.operatorName)).filter { LayerRegistry.byName[$0] == nil }
        if !missing.isEmpty { return .outOfScope("operators \(missing.sorted())") }
        do {
            let network = try Network(model)
            for set in TestFolders.names(in: folder) where set.hasPrefix("test_data_set") {
                let data = folder.appending(set)
                var inputs: [String: Tensor] = [:]
                for (index, input) in network.inputs.enumerated() {
                    inputs[input.name] = try tensor(data.appending("input_\(index).pb"))
                }
                let outputs = try network.run(inputs)
                for (index, output) in network.outputs.enumerated() {
                    let expected = try tensor(data.appending("output_\(index).pb"))
                    guard let found = outputs[output.name] else { return .failed("no output \(output.name)") }
                    if let difference = difference(found, expected) { return .failed("\(output.name): \(difference)") }
                }
            }
            return .passed
        } catch {
            return .failed("\(error)")
        }
    }

    private func tensor(_ path: FilePath) throws -> Tensor {
        let name = path.lastComponent?.string ?? ""
        return try Tensor(TensorData(bytes: TestFolders.bytes(path) ?? [], file: name))
    }

    /// What is different beyond the tolerance of ONNX's own tests, 0.1 % and a little.
    private func difference(_ found: Tensor, _ expected: Tensor) -> String? {
        if found.type != expected.type { return "\(found.type) instead of \(expected.type)" }
        for (index, (a, b)) in zip(found.doubles, expected.doubles).enumerated() {
            if a == b || (a.isNaN && b.isNaN) { continue }
            if found.element == .float32, abs(a - b) <= 1e-6 + 1e-3 * abs(b) { continue }
            return "element \(index) is \(a) instead of \(b)"
        }
        return nil
    }
}
