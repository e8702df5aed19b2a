import Foundation
import ONNX
import Testing

@testable import Inference

@Suite("Models that fuzzing began with or found run or are refused")
struct FuzzingTests {
    /// The files of `Tests/Fuzzing/Seeds/Model` and `Tests/Fuzzing/Findings/Model`.
    static let files: [URL] = {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return ["Seeds", "Findings"].flatMap { folder in
            (try? FileManager.default.contentsOfDirectory(
                at: tests.appending(path: "Fuzzing/\(folder)/Model"), includingPropertiesForKeys: nil)) ?? []
        }.sorted { $0.path < $1.path }
    }()

    /// As the fuzz target does it.
    @Test(arguments: files, [1, ModelLimits().payloadBytes])
    func file(_ url: URL, payloadBytes: Int) throws {
        do {
            var limits = ModelLimits()
            limits.payloadBytes = payloadBytes
            let model = try Model(
                bytes: Array(try Data(contentsOf: url)), file: url.lastPathComponent, limits: limits)
            var options = Network.Options()
            options.memory = 16 << 20
            options.constants = 4 << 20
            let network = try Network(model, options: options)
            var inputs: [String: Tensor] = [:]
            for input in network.inputs {
                let shape = (input.shape ?? []).enumerated().map { axis, dimension in
                    if case .fixed(let size) = dimension { size } else { axis < 2 ? 1 : 4 }
                }
                inputs[input.name] = try Tensor(zeros: TensorType(input.type, shape))
            }
            _ = try network.run(inputs)
        } catch {
            #expect(!"\(error)".isEmpty)
        }
    }
}
