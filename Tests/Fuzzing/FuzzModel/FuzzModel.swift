import FuzzDriver
import Inference
import ONNX

/// Reads any bytes as a model, plans it, and runs it where its inputs are small; then words what is wrong with it.
@main
enum FuzzModel {
    static func main() { runFuzzer(testOneInput) }
}

private func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        let bytes = Array(UnsafeBufferPointer(start: bytes, count: count))
        let whole = Result { try Model(bytes: bytes, file: "x.onnx") }
        // Weights beside the message, which otherwise only models have that are too large to be mutated.
        var limits = ModelLimits()
        limits.payloadBytes = 1
        let split = Result { try Model(bytes: bytes, file: "x.onnx", limits: limits) }
        switch (whole, split) {
        case (.success, .success), (.failure, .failure): break
        default: preconditionFailure("whole: \(whole), split: \(split)")
        }
        let model = try split.get()
        var options = Network.Options()
        options.memory = 16 << 20
        options.constants = 4 << 20
        let network = try Network(model, options: options)
        // What is open takes the sizes 1 and 4, so that graphs of any size are run as well.
        var inputs: [String: Tensor] = [:]
        for input in network.inputs {
            let shape = (input.shape ?? []).enumerated().map { axis, dimension in
                if case .fixed(let size) = dimension { size } else { axis < 2 ? 1 : 4 }
            }
            let (elements, overflow) = shape.reduce((1, false)) { ($0.0 &* $1, $0.1 || $0.0 > 4096) }
            guard !overflow, elements <= 4096 else { return 0 }
            inputs[input.name] = try Tensor(zeros: TensorType(input.type, shape))
        }
        let plan = try network.plan(for: inputs.mapValues(\.type))
        guard plan.multiplicationCount < 10_000_000 else { return 0 }
        _ = try network.run(inputs)
    } catch {
        precondition(!"\(error)".isEmpty)
    }
    return 0
}
