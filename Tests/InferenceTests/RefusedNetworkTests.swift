import ONNX
import Testing

@testable import Inference

@Suite("A network that cannot be computed is refused at load, with its node and shapes")
struct RefusedNetworkTests {
    private func reason(_ build: (inout ModelBuilder) -> Void) -> String {
        var builder = ModelBuilder()
        builder.input("x", [1, 4, 6, 6])
        builder.outputs = ["y"]
        build(&builder)
        do {
            _ = try Network(builder.model)
            return "was loaded"
        } catch {
            return error.description
        }
    }

    typealias Attributes = [String: ONNX.Attribute]

    static let convolutions: [(weights: [Int], attributes: Attributes, expected: String)] = [
        ([8, 4, 3, 3], ["pads": .integers([-1, 0, 0, 0])], "has the entry -1"),
        ([8, 4, 3, 3], ["pads": .integers([1, 1, 1])], "has 3 entries"),
        ([8, 4, 3, 3], ["pads": .integers([1, 1])], "has 2 entries; 2 spatial axes take 4"),
        ([8, 4, 3, 3], ["strides": .integers([0, 1])], "has the entry 0"),
        ([8, 4, 3, 3], ["strides": .integers([1, -1])], "has the entry -1"),
        ([8, 4, 3, 3], ["dilations": .integers([0, 1])], "has the entry 0"),
        ([8, 4, 3, 3], ["dilations": .integers([1 << 30, 1])], "has the entry 1073741824"),
        ([8, 4, 3, 3], ["dilations": .integers([1 << 19, 1])], "the padded input has 6"),
        ([8, 4, 3, 3], ["group": .integer(0)], "is 0; allowed are"),
        ([9, 4, 3, 3], ["group": .integer(2)], "in 2 group(s)"),
        ([8, 3, 3, 3], [:], "do not fit 4 channels of shape [1, 4, 6, 6]"),
        ([8, 4, 3, 3], ["kernel_shape": .integers([5, 5])], "is [5, 5], but the weights have"),
        ([8, 4, 9, 9], [:], "the kernel spans 9 elements"),
        ([8, 4, 3], [:], "weights of shape [8, 4, 3]"), ([8, 4, 3, 3, 3], [:], "weights of shape [8, 4, 3, 3, 3]"),
        (
            [8, 4, 3, 3], ["auto_pad": .string("SAME_UPPER"), "pads": .integers([1, 1, 1, 1])], "together with auto_pad"
        ),
        ([8, 4, 3, 3], ["auto_pad": .string("SOMEHOW")], "known are NOTSET, SAME_UPPER, SAME_LOWER, VALID"),
        ([8, 4, 3, 3], ["group": .float(1)], "is a float; it must be a integer"),
        ([8, 4, 3, 3], ["colour": .integer(1)], "is not known for this operator"),
        ([8, 4, 3, 3], ["strides": .integers([1 << 21, 1])], "has the entry 2097152"),
        ([0, 4, 3, 3], [:], "weights of shape [0, 4, 3, 3]"),
    ]

    @Test(arguments: convolutions.indices) func wrongConvolutions(index: Int) {
        let (weights, attributes, expected) = Self.convolutions[index]
        let reason = reason {
            $0.weights("w", weights)
            $0.node("Conv", ["x", "w"], ["y"], attributes)
        }
        #expect(reason.contains(expected), "\(reason)")
        #expect(reason.contains("test.onnx") && reason.contains("Conv") && reason.contains("operator set 13"))
    }

    @Test func convolutionBias() {
        let reason = reason {
            $0.weights("w", [8, 4, 3, 3])
            $0.weights("b", [7])
            $0.node("Conv", ["x", "w", "b"], ["y"])
        }
        #expect(reason.contains("a bias of shape [7]"))
    }

    /// Also where the input's size is open, what the weights alone tell comes out at load.
    @Test func openInputSize() {
        let reason = reason {
            $0.inputs[0].shape = [.unknown, .unknown, .unknown, .unknown]
            $0.weights("w", [8, 4, 3, 3])
            $0.weights("b", [7])
            $0.node("Conv", ["x", "w", "b"], ["y"])
        }
        #expect(reason.contains("a bias of shape [7]"))
    }

    @Test func shapesOfIndices() {
        func with(_ name: String, _ inputs: [(String, [Int64])], _ attributes: Attributes = [:]) -> String {
            reason { builder in
                for (name, values) in inputs { builder.integers(name, values) }
                builder.node(name, ["x"] + inputs.map(\.0), ["y"], attributes)
            }
        }
        #expect(with("Reshape", [("s", [-1, -1])]).contains("two entries"))
        #expect(with("Reshape", [("s", [1, 4, 6, 6, 0])]).contains("beyond the input's rank"))
        #expect(with("Reshape", [("s", [5, 5])]).contains("cannot take the shape"))
        #expect(with("Reshape", [("s", [-7])]).contains("-7"))
        #expect(with("Reshape", [("s", [.max, .max])]).contains("more than memory can hold"))
        #expect(with("Slice", [("a", [0]), ("b", [2]), ("c", [0]), ("d", [0])]).contains("a step of 0"))
        #expect(with("Slice", [("a", [0]), ("b", [2]), ("c", [9])]).contains("axis 9"))
        #expect(with("Slice", [("a", [0, 0]), ("b", [2, 2]), ("c", [1, 1])]).contains("one axis twice"))
        #expect(with("Concat", [], ["axis": .integer(4)]).contains("axis 4 of a tensor of rank 4"))
        #expect(with("Transpose", [], ["perm": .integers([0, 0, 1, 2])]).contains("no order of the 4 axes"))
        #expect(with("Tile", [("r", [1, 1, 1, 1_000_000])]) == "was loaded")
        #expect(with("Tile", [("r", [1_000_000, 1_000_000, 1_000_000, 1])]).contains("more than memory can hold"))
        #expect(with("Tile", [("r", [1, 1, 1000, 1_000_000])]).contains("bytes of memory; allowed are"))
        #expect(with("Expand", [("s", [3, 3, 3, 3])]).contains("do not broadcast"))
        #expect(with("Gather", [("i", [9])]).contains("index 9 into an axis of size 1"))
        #expect(with("Squeeze", [("s", [1])]).contains("its size is not 1"))
    }

    @Test(arguments: [0, -1, .infinity, 1e30, .nan, 0.01] as [Float]) func scales(scale: Float) {
        let reason = reason {
            $0.floats("s", [1, 1, scale, 1])
            $0.node("Resize", ["x", "", "s"], ["y"])
        }
        #expect(reason.contains("a scale of"))
    }

    @Test func resizedBeyondAllMemory() {
        let reason = reason {
            $0.floats("s", [1, 1, 1e6, 1e6])
            $0.node("Resize", ["x", "", "s"], ["y"])
        }
        #expect(reason.contains("memory"))
    }

    /// Forty times a tensor joined to itself: 2⁴⁰ times the input.
    @Test func amplification() {
        let reason = reason { builder in
            for index in 0..<40 {
                let name = index == 0 ? "x" : "v\(index)"
                builder.node("Concat", [name, name], [index == 39 ? "y" : "v\(index + 1)"], ["axis": .integer(1)])
            }
        }
        #expect(reason.contains("memory"))
    }

    /// Constants that grow out of a few bytes: they are left to the run, whose memory is bounded.
    @Test func constantsOutOfNothing() throws {
        var builder = ModelBuilder()
        builder.input("x", [1])
        builder.integers("s", [2000, 2000])
        builder.node("ConstantOfShape", ["s"], ["k0"])
        for index in 0..<40 { builder.node("Erf", ["k\(index)"], ["k\(index + 1)"]) }
        builder.node("MatMul", ["k40", "k40"], ["m0"])
        for index in 0..<10 { builder.node("MatMul", ["m\(index)", "m\(index)"], ["m\(index + 1)"]) }
        builder.node("ReduceMax", ["m10"], ["m"])
        builder.node("Add", ["x", "m"], ["y"])
        builder.outputs = ["y"]
        let network = try Network(builder.model)
        let folded = network.graph.values.reduce(0) { $0 + ($1.constant?.type.byteCount ?? 0) }
        #expect(folded <= 64 << 20)
        #expect(network.graph.nodes.contains { $0.operatorName == "MatMul" })
    }

    @Test func boxesOutOfNothingAreSuppressedInTheRun() throws {
        var builder = ModelBuilder()
        builder.input("x", [1])
        builder.floats("boxes", (0..<40).map(Float.init), shape: [1, 10, 4])
        builder.floats("scores", (0..<10).map(Float.init), shape: [1, 1, 10])
        builder.integers("most", [5])
        builder.node("NonMaxSuppression", ["boxes", "scores", "most"], ["y"])
        builder.outputs = ["y"]
        let network = try Network(builder.model)
        #expect(network.graph.nodes.map(\.operatorName) == ["NonMaxSuppression"])
        let picked = try network.run(["x": Tensor(shape: [1], floats: [0])])["y"]
        #expect(picked?.shape == [5, 3])
    }

    @Test func allUnsupportedOperatorsAtOnce() {
        let reason = reason {
            $0.node("Loop", ["x"], ["a"], ["body": .subgraph])
            $0.node("If", ["a"], ["b"], ["then_branch": .subgraph])
            $0.node("com.example:Magic", ["b"], ["c"])
            $0.node("Magic", ["c"], ["y"])
        }
        #expect(reason.contains("operator set 13: If, Loop, Magic, com.example:Magic"))
    }

    @Test func operatorsOfAnotherOperatorSet() {
        let reason = reason {
            $0.opset = 13
            $0.node("Upsample", ["x"], ["y"], ["scales": .floats([1, 1, 2, 2])])
        }
        #expect(reason.contains("operators not supported in operator set 13: Upsample"))
    }

    @Test func indicesOutsideATensorFailTheRun() throws {
        var builder = ModelBuilder()
        builder.input("x", [4])
        builder.input("i", [1], .int64)
        builder.node("Gather", ["x", "i"], ["y"])
        builder.outputs = ["y"]
        let network = try Network(builder.model)
        let x = try Tensor(shape: [4], floats: [1, 2, 3, 4])
        let last = try network.run(["x": x, "i": Tensor(shape: [1], int64s: [-1])])
        #expect(last["y"]!.array(of: Float.self) == [4])
        for index: Int64 in [4, -5, .max, .min] {
            let error = #expect(throws: InferenceError.self) {
                try network.run(["x": x, "i": Tensor(shape: [1], int64s: [index])])
            }
            #expect(error?.description.contains("index \(index) into an axis of size 4") == true)
        }
    }

    /// A shape that comes out of data is held against the memory limit in the run.
    @Test func shapesOutOfData() throws {
        var builder = ModelBuilder()
        builder.input("x", [2])
        builder.input("s", [2], .int64)
        builder.node("Expand", ["x", "s"], ["e"])
        builder.node("Relu", ["e"], ["y"])
        builder.outputs = ["y"]
        let network = try Network(builder.model)
        let x = try Tensor(shape: [2], floats: [-1, 2])
        let small = try network.run(["x": x, "s": Tensor(shape: [2], int64s: [3, 2])])
        #expect(small["y"]!.array(of: Float.self) == [0, 2, 0, 2, 0, 2])
        let error = #expect(throws: InferenceError.self) {
            try network.run(["x": x, "s": Tensor(shape: [2], int64s: [1 << 40, 2])])
        }
        #expect(error?.description.contains("memory") == true)
    }

    @Test func inputsThatDoNotFit() throws {
        var builder = ModelBuilder()
        builder.input("x", [1, 2])
        builder.node("Relu", ["x"], ["y"])
        builder.outputs = ["y"]
        let network = try Network(builder.model)
        let good = try Tensor(shape: [1, 2], floats: [1, 2])
        for (inputs, expected) in [
            ([:], "is missing"),
            (["x": try Tensor(shape: [2], floats: [1, 2])], "has shape [2]; the model takes [1, 2]"),
            (["x": try Tensor(shape: [1, 2], int64s: [1, 2])], "is int64; the model takes float32"),
            (["x": good, "z": good], "is not an input of the model; it has x"),
        ] as [([String: Tensor], String)] {
            let error = #expect(throws: InferenceError.self) { try network.run(inputs) }
            #expect(error?.description.contains(expected) == true)
        }
    }
}
