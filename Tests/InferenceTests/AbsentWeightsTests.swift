import Foundation
import SystemPackage
import Testing

@testable import Inference
@testable import ONNX

@Suite("Weights are in memory only as the plans need them")
final class AbsentWeightsTests {
    private let path = FilePath(NSTemporaryDirectory()).appending("svertka-weights-\(UUID().uuidString)")

    deinit { unlink(path.string) }

    /// A convolution of sixteen planes and a product, with weights from a file or from memory.
    private func model(fromFile: Bool) throws -> Model {
        let values = (0..<48_000).map { Float(($0 * 7919) % 2001 - 1000) / 4096 }
        var file: ModelFile?
        if fromFile {
            try values.withUnsafeBytes { Data($0) }.write(to: URL(filePath: path.string))
            file = try ModelFile(path, limit: 1 << 20)
        }
        func weights(_ name: String, _ shape: [Int], _ first: Int) throws -> TensorData {
            let count = shape.reduce(1, *), part = Array(values[first..<first + count])
            guard let file else { return TensorData(name: name, shape: shape, elements: .float32(part)) }
            let floats = try FloatsInFile(file: file, range: 4 * first..<4 * (first + count))
            return TensorData(name: name, shape: shape, elements: .float32InFile(floats))
        }
        var builder = ModelBuilder()
        builder.inputs = [
            ValueInfo(name: "x", type: .float32, shape: [.fixed(1), .fixed(16), .unknown, .unknown])
        ]
        builder.initializers["kernels"] = try weights("kernels", [128, 16, 3, 3], 11)
        builder.initializers["matrix"] = try weights("matrix", [128, 200], 20_003)
        builder.node("Conv", ["x", "kernels"], ["c"], ["pads": .integers([1, 1, 1, 1])])
        builder.node("GlobalAveragePool", ["c"], ["g"])
        builder.node("Flatten", ["g"], ["f"])
        builder.node("Gemm", ["f", "matrix"], ["y"])
        builder.outputs = ["y"]
        return builder.model
    }

    private func input(_ size: Int) throws -> [String: Tensor] {
        let floats = (0..<16 * size * size).map { Float($0 % 37) / 16 - 1 }
        return ["x": try Tensor(shape: [1, 16, size, size], floats: floats)]
    }

    @Test func theResultsAreTheSame() throws {
        let ofFile = try Network(model(fromFile: true)), ofMemory = try Network(model(fromFile: false))
        for size in [1, 5, 24] {
            let first = try ofFile.run(input(size))["y"]?.array(of: Float.self)
            #expect(try first == ofMemory.run(input(size))["y"]?.array(of: Float.self))
        }
        #expect(ofFile.weightByteCount < ofMemory.weightByteCount - 4 * 128 * 16 * 9)
        let kept = try #require(ofFile.constant("matrix"))
        #expect(kept.array(of: Float.self) == ofMemory.constant("matrix")?.array(of: Float.self))
        #expect(kept.residentByteCount == 0)
    }

    @Test func plansThatNeedChangedWeightsAreRefused() throws {
        let network = try Network(model(fromFile: true))
        let before = try network.run(input(1))["y"]?.array(of: Float.self)
        try Data(count: 4 * 48_000).write(to: URL(filePath: path.string), options: [])
        // What has been made goes on.
        #expect(try network.run(input(1))["y"]?.array(of: Float.self) == before)
        #expect {
            try network.run(input(64))
        } throws: {
            "\($0)".contains("changed while it was in use")
        }
        #expect(try network.run(input(1))["y"]?.array(of: Float.self) == before)
    }

    @Test func tensorsOfOneNumberTakeMemoryOnlyWhereTheyAreUsed() throws {
        var builder = ModelBuilder()
        builder.input("x", [1, 16, 8, 8])
        builder.integers("shape", [128, 16, 3, 3])
        builder.node(
            "ConstantOfShape", ["shape"], ["kernels"],
            ["value": .tensor(TensorData(name: "", shape: [1], elements: .float32([0.5])))])
        builder.node("Conv", ["x", "kernels"], ["y"])
        builder.outputs = ["y"]
        let network = try Network(builder.model)
        let y = try #require(try network.run(input(8))["y"])
        let x = try #require(try input(8)["x"]).array(of: Float.self)
        var expected: Float = 0
        for plane in 0..<16 {
            for row in 0..<3 { for column in 0..<3 { expected += x[plane * 64 + row * 8 + column] / 2 } }
        }
        #expect(abs(y.array(of: Float.self)[0] - expected) < 1e-3)
        #expect(network.constant("kernels")?.residentByteCount == 0)
    }
}
