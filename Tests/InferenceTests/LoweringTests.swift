import ONNX
import Scheduling
import Testing

@testable import Inference

@Suite("A rewritten network computes what its operators define")
struct LoweringTests {
    struct Convolution: Sendable, CustomTestStringConvertible {
        var input: [Int]
        var weights: [Int]
        var stride = 1
        var pads = [0, 0, 0, 0]
        var dilation = 1
        var group = 1
        var algorithm: String
        var testDescription: String { "\(algorithm) \(input) \(weights) stride \(stride) pads \(pads) group \(group)" }
    }

    /// At least one convolution for each way of computing it, at sizes around those of tiles and blocks.
    static let convolutions: [Convolution] = [
        Convolution(input: [1, 16, 5, 7], weights: [16, 16, 1, 1], algorithm: "direct"),
        Convolution(input: [2, 24, 6, 6], weights: [40, 24, 1, 1], algorithm: "direct"),
        Convolution(input: [1, 8, 1, 1], weights: [8, 8, 1, 1], algorithm: "direct"),
        Convolution(
            input: [1, 9, 13, 11], weights: [17, 9, 3, 3], stride: 2, pads: [1, 0, 1, 2], algorithm: "direct"),
        Convolution(input: [1, 300, 9, 9], weights: [20, 300, 1, 1], stride: 2, algorithm: "direct"),
        Convolution(
            input: [1, 16, 12, 12], weights: [8, 16, 3, 3], pads: [2, 2, 2, 2], dilation: 2, algorithm: "direct"),
        // The last block of channels is not full, and further passes begin before it, within it, and only in it.
        Convolution(input: [1, 20, 11, 37], weights: [40, 20, 5, 5], pads: [2, 2, 2, 2], algorithm: "direct"),
        Convolution(input: [1, 8, 12, 31], weights: [16, 8, 5, 5], pads: [2, 2, 2, 2], algorithm: "direct"),
        Convolution(
            input: [2, 20, 9, 60], weights: [16, 20, 3, 3], stride: 2, pads: [1, 1, 1, 1], algorithm: "direct"),
        Convolution(
            input: [1, 32, 8, 8], weights: [64, 16, 3, 3], pads: [1, 1, 1, 1], group: 2, algorithm: "direct"),
        Convolution(
            input: [1, 3, 17, 19], weights: [16, 3, 7, 7], stride: 2, pads: [3, 3, 3, 3],
            algorithm: "direct from planes"),
        Convolution(
            input: [1, 1, 9, 9], weights: [5, 1, 3, 3], pads: [1, 1, 1, 1], dilation: 2, algorithm: "direct from planes"
        ),
        Convolution(input: [1, 32, 28, 28], weights: [32, 32, 3, 3], pads: [1, 1, 1, 1], algorithm: "winograd 4x4"),
        Convolution(input: [2, 40, 21, 18], weights: [24, 40, 3, 3], pads: [1, 0, 2, 1], algorithm: "winograd 4x4"),
        Convolution(input: [1, 64, 23, 23], weights: [64, 64, 3, 3], algorithm: "winograd 4x4"),
        Convolution(
            input: [1, 12, 9, 10], weights: [12, 1, 3, 3], pads: [1, 1, 1, 1], group: 12, algorithm: "depthwise"),
        Convolution(
            input: [2, 16, 15, 15], weights: [16, 1, 5, 5], stride: 2, pads: [2, 2, 2, 2], group: 16,
            algorithm: "depthwise"),
        Convolution(
            input: [1, 8, 20, 20], weights: [8, 1, 3, 3], pads: [3, 3, 3, 3], dilation: 3, group: 8,
            algorithm: "depthwise"),
        Convolution(
            input: [1, 12, 7, 7], weights: [18, 4, 3, 3], pads: [1, 1, 1, 1], group: 3, algorithm: "grouped"),
        Convolution(input: [2, 6, 5, 5], weights: [12, 3, 1, 1], stride: 2, group: 2, algorithm: "grouped"),
        Convolution(
            input: [1, 40, 8, 6], weights: [72, 10, 3, 3], pads: [1, 1, 1, 1], group: 4, algorithm: "grouped"),
        Convolution(
            input: [1, 16, 33, 35], weights: [3, 16, 9, 9], pads: [4, 4, 4, 4], algorithm: "direct to few planes"),
        Convolution(
            input: [1, 40, 6, 64], weights: [1, 40, 3, 3], pads: [1, 1, 1, 1], algorithm: "direct to few planes"),
    ]

    private func builder(_ case: Convolution) -> ModelBuilder {
        var builder = ModelBuilder()
        builder.input("x", `case`.input)
        builder.weights("w", `case`.weights, seed: 3)
        builder.weights("b", [`case`.weights[0]], seed: 4)
        builder.node(
            "Conv", ["x", "w", "b"], ["conv"],
            [
                "strides": .integers([`case`.stride, `case`.stride]), "pads": .integers(`case`.pads),
                "dilations": .integers([`case`.dilation, `case`.dilation]), "group": .integer(`case`.group),
            ])
        return builder
    }

    @Test(arguments: convolutions) func convolutionsEqualTheirDefinition(case: Convolution) throws {
        var builder = builder(`case`)
        builder.outputs = ["conv"]
        let model = builder.model
        let inputs = try ModelBuilder.randomInputs(model)
        let network = try Network(model)
        let algorithms = try network.plan(for: inputs.mapValues(\.type)).report.map(\.algorithm)
        #expect(algorithms.contains(`case`.algorithm), "\(algorithms)")
        let found = try network.run(inputs)["conv"]!, expected = try ModelBuilder.evaluate(model, inputs)["conv"]!
        #expect(relativeDifference(found, expected) < 2e-5)
    }

    /// Every way that is possible for a shape, not only the one that is taken.
    @Test(arguments: convolutions, ConvolutionAlgorithm.allCases)
    func everyWayEqualsTheDefinition(case: Convolution, algorithm: ConvolutionAlgorithm) throws {
        var builder = builder(`case`)
        builder.node("LeakyRelu", ["conv"], ["y"], ["alpha": .float(0.2)])
        builder.outputs = ["y"]
        let model = builder.model
        let inputs = try ModelBuilder.randomInputs(model)
        var options = Network.Options()
        options.convolutions = algorithm
        let found = try Network(model, options: options).run(inputs)["y"]!
        let expected = try ModelBuilder.evaluate(model, inputs)["y"]!
        #expect(relativeDifference(found, expected) < 2e-5)
    }

    /// A depthwise convolution and one of single pixels become one step, whatever lies between and behind them.
    @Test(arguments: [
        (channels: 16, outputs: 24, size: (20, 20), stride: 1), (40, 17, (21, 43), 1), (24, 64, (61, 50), 2),
    ])
    func separableConvolutionsEqualTheirDefinition(
        channels: Int, outputs: Int, size: (Int, Int), stride: Int
    ) throws {
        var builder = ModelBuilder()
        builder.input("x", [2, channels, size.0, size.1])
        builder.weights("d", [channels, 1, 3, 3], seed: 3)
        builder.weights("p", [outputs, channels, 1, 1], seed: 4)
        builder.weights("r", [outputs, channels, 1, 1], seed: 5)
        builder.node(
            "Conv", ["x", "d"], ["a"],
            [
                "group": .integer(channels), "pads": .integers([1, 1, 1, 1]), "strides": .integers([stride, stride]),
            ])
        builder.node("HardSwish", ["a"], ["b"])
        builder.node("Conv", ["b", "p"], ["c"])
        builder.node("Conv", ["x", "r"], ["s"], ["strides": .integers([stride, stride])])
        builder.node("Add", ["c", "s"], ["t"])
        builder.node("Relu", ["t"], ["y"])
        builder.opset = 14
        builder.outputs = ["y"]
        let model = builder.model
        let inputs = try ModelBuilder.randomInputs(model)
        let network = try Network(model)
        let algorithms = try network.plan(for: inputs.mapValues(\.type)).report.map(\.algorithm)
        #expect(algorithms.contains("depthwise, direct"), "\(algorithms)")
        let found = try network.run(inputs)["y"]!, expected = try ModelBuilder.evaluate(model, inputs)["y"]!
        #expect(relativeDifference(found, expected) < 2e-5)
    }

    /// Normalisation, activation and residual are joined with the convolution and change nothing.
    @Test(arguments: convolutions) func followersAreJoined(case: Convolution) throws {
        var builder = builder(`case`)
        let channels = `case`.weights[0]
        for (index, name) in ["scale", "shift", "mean"].enumerated() {
            builder.weights(name, [channels], seed: 10 + index)
        }
        builder.floats("variance", randomFloats(channels, seed: 20).map { abs($0) + 0.5 })
        builder.node("BatchNormalization", ["conv", "scale", "shift", "mean", "variance"], ["normal"])
        builder.weights("factor", [1, channels, 1, 1], seed: 30)
        builder.node("Mul", ["normal", "factor"], ["scaled"])
        builder.node("Sigmoid", ["scaled"], ["gate"])
        builder.node("Mul", ["gate", "scaled"], ["silu"])
        builder.node("Add", ["silu", "other"], ["sum"])
        builder.node("LeakyRelu", ["sum"], ["y"], ["alpha": .float(0.1)])
        builder.outputs = ["y"]
        let shape = try Network(self.builder(`case`).with(output: "conv")).run(
            ModelBuilder.randomInputs(self.builder(`case`).with(output: "conv")))["conv"]!.shape
        builder.input("other", shape)
        let names = try runAsDefined(builder.model, within: 5e-5)
        #expect(names.filter { !$0.hasPrefix("to ") }.count == 1, "\(names)")
    }

    @Test(arguments: [
        ([1, 16, 5, 6], [16, 8, 3, 3], 2, [1, 1, 1, 1], 1), ([2, 9, 4, 4], [9, 5, 4, 4], 2, [1, 1, 1, 1], 0),
        ([1, 8, 3, 3], [8, 8, 2, 2], 3, [0, 0, 0, 0], 0), ([1, 8, 7, 5], [8, 16, 3, 3], 1, [0, 0, 0, 0], 0),
        ([1, 24, 5, 5], [24, 1, 5, 5], 3, [2, 1, 0, 2], 2), ([2, 20, 9, 7], [20, 1, 2, 2], 2, [0, 0, 0, 0], 0),
        ([1, 16, 30, 25], [16, 3, 3, 3], 3, [0, 0, 0, 0], 0),
    ])
    func transposedConvolutionsEqualTheirDefinition(
        input: [Int], weights: [Int], stride: Int, pads: [Int], outputPadding: Int
    ) throws {
        var builder = ModelBuilder()
        builder.input("x", input)
        builder.weights("w", weights, seed: 3)
        builder.weights("b", [weights[1]], seed: 4)
        builder.node(
            "ConvTranspose", ["x", "w", "b"], ["y"],
            [
                "strides": .integers([stride, stride]), "pads": .integers(pads),
                "output_padding": .integers([outputPadding, outputPadding]),
            ])
        builder.outputs = ["y"]
        let model = builder.model
        let inputs = try ModelBuilder.randomInputs(model)
        let found = try Network(model).run(inputs)["y"]!, expected = try ModelBuilder.evaluate(model, inputs)["y"]!
        #expect(relativeDifference(found, expected) < 1e-5)
    }

    /// A network with every layer that can stay on blocked planes.
    static var mixed: ModelBuilder {
        var b = ModelBuilder()
        b.input("x", [2, 3, 22, 18])
        b.weights("w1", [24, 3, 3, 3], seed: 1)
        b.weights("w2", [16, 24, 3, 3], seed: 2, scale: 0.2)
        b.weights("w3", [24, 1, 3, 3], seed: 3)
        b.node("Conv", ["x", "w1"], ["a"], ["pads": .integers([1, 1, 1, 1])])
        b.node("Conv", ["a", "w3"], ["d"], ["pads": .integers([1, 1, 1, 1]), "group": .integer(24)])
        b.node("GlobalAveragePool", ["d"], ["g"])
        b.node("Mul", ["d", "g"], ["e"])
        b.node("Conv", ["e", "w2"], ["c"], ["pads": .integers([1, 1, 1, 1])])
        b.node("Concat", ["e", "c"], ["f"], ["axis": .integer(1)])
        b.weights("s", [40], seed: 5)
        b.weights("t", [40], seed: 6)
        b.node("InstanceNormalization", ["f", "s", "t"], ["h"])
        b.node(
            "MaxPool", ["h"], ["m"],
            ["kernel_shape": .integers([3, 3]), "strides": .integers([2, 2]), "pads": .integers([1, 1, 1, 1])])
        b.node("AveragePool", ["m"], ["p"], ["kernel_shape": .integers([2, 2]), "pads": .integers([0, 0, 1, 1])])
        b.floats("scales", [1, 1, 2, 1.5])
        b.node("Resize", ["p", "", "scales"], ["r"], ["mode": .string("linear")])
        b.floats("half", [0.5], shape: [])
        b.node("Sub", ["half", "r"], ["q"])
        b.node("HardSigmoid", ["q"], ["u"])
        b.node("Mul", ["q", "u"], ["v"])
        b.node("Flatten", ["v"], ["flat"])
        b.weights("dense", [40 * 22 * 13, 10], seed: 9, scale: 0.02)
        b.weights("offset", [10], seed: 10)
        b.node("Gemm", ["flat", "dense", "offset"], ["logits"])
        b.node("Softmax", ["logits"], ["y"])
        b.outputs = ["y", "v"]
        return b
    }

    /// Groups, a shuffle of their channels, a depthwise convolution and groups again, beside a part that does not fill
    /// its last block.
    @Test(arguments: [1, 2]) func shuffledChannelsStayWhereTheyAre(batch: Int) throws {
        var b = ModelBuilder()
        b.input("x", [batch, 24, 9, 7])
        b.weights("w1", [36, 6, 1, 1], seed: 1)
        b.weights("b1", [36], seed: 2)
        b.weights("w2", [36, 1, 3, 3], seed: 3)
        b.weights("b2", [36], seed: 4)
        b.weights("w3", [20, 9, 1, 1], seed: 5)
        b.integers("split", [0, 4, 9, 9, 7])
        b.integers("join", [0, 36, 9, 7])
        b.node("Conv", ["x", "w1", "b1"], ["a"], ["group": .integer(4)])
        b.node("Relu", ["a"], ["r"])
        b.node("Reshape", ["r", "split"], ["s"])
        b.node("Transpose", ["s"], ["t"], ["perm": .integers([0, 2, 1, 3, 4])])
        b.node("Reshape", ["t", "join"], ["u"])
        b.node("Conv", ["u", "w2", "b2"], ["d"], ["pads": .integers([1, 1, 1, 1]), "group": .integer(36)])
        b.node("Conv", ["d", "w3"], ["c"], ["group": .integer(4)])
        b.node("Concat", ["x", "c"], ["y"], ["axis": .integer(1)])
        b.outputs = ["y"]
        let names = try runAsDefined(b.model, within: 1e-5)
        #expect(names == ["to blocks", "Conv", "Conv", "Conv", "Concat", "to rows"], "\(names)")
    }

    /// The four phases of a picture, made with slices that two of them share, and a convolution of them.
    @Test func phasesAreReadFromThePicture() throws {
        var b = ModelBuilder()
        b.input("x", [1, 3, 12, 10])
        b.weights("w", [20, 12, 3, 3], seed: 1)
        b.weights("b", [20], seed: 2)
        b.integers("end", [1 << 30])
        b.integers("two", [2])
        for (name, value) in [("0", 0), ("1", 1), ("rows", 2), ("columns", 3)] as [(String, Int64)] {
            b.integers(name, [value])
        }
        var parts: [String] = []
        for x in ["0", "1"] {
            for y in ["0", "1"] {
                if x == "0" { b.node("Slice", ["x", y, "end", "rows", "two"], ["r\(y)"]) }
                b.node("Slice", ["r\(y)", x, "end", "columns", "two"], ["p\(x)\(y)"])
                parts.append("p\(x)\(y)")
            }
        }
        b.node("Concat", parts, ["phases"], ["axis": .integer(1)])
        b.node("Conv", ["phases", "w", "b"], ["y"], ["pads": .integers([1, 1, 1, 1])])
        b.outputs = ["y"]
        let names = try runAsDefined(b.model, within: 1e-5)
        #expect(names == ["Conv", "to rows"], "\(names)")
    }

    /// Parts of concatenations are made in their place, also where one concatenation is part of the next, and the
    /// place of the largest channel is found in the end.
    @Test(arguments: [1, 2]) func concatenationsHoldTheirParts(batch: Int) throws {
        var b = ModelBuilder()
        b.input("x", [batch, 16, 7, 6])
        b.weights("w", [16, 16, 1, 1], seed: 1)
        b.node("Conv", ["x", "w"], ["c0"])
        for index in 0..<4 {
            b.weights("w\(index)", [index == 3 ? 20 : 16, 16 * (index + 1), 1, 1], seed: index + 2, scale: 0.3)
            b.node("Relu", ["c\(index)"], ["r\(index)"])
            b.node("Conv", ["r\(index)", "w\(index)"], ["d\(index)"])
            b.node("Concat", ["c\(index)", "d\(index)"], ["c\(index + 1)"], ["axis": .integer(1)])
        }
        b.node("ArgMax", ["c4"], ["place"], ["axis": .integer(1)])
        b.node("Cast", ["place"], ["y"], ["to": .integer(1)])
        b.node("Sigmoid", ["c4"], ["z"])
        b.outputs = ["y", "z"]
        let model = b.model
        let inputs = try ModelBuilder.randomInputs(model)
        let found = try Network(model).run(inputs), expected = try ModelBuilder.evaluate(model, inputs)
        #expect(relativeDifference(found["z"]!, expected["z"]!) < 1e-5)
        #expect(found["y"]!.array(of: Float.self) == expected["y"]!.array(of: Float.self))
    }

    /// Heads of a network that finds things: branches of few channels, each with a depthwise convolution, as pixels.
    private static func heads(
        batch: Int = 1, channels: [Int], biased: Set<Int> = [], function: String? = nil, exposed: Bool = false
    ) -> ModelBuilder {
        var b = ModelBuilder()
        b.input("x", [batch, 3, 13, 21])
        b.weights("w", [32, 3, 3, 3], seed: 1)
        b.node("Conv", ["x", "w"], ["features"], ["pads": .integers([1, 1, 1, 1])])
        for (index, count) in channels.enumerated() {
            b.weights("p\(index)", [count, 32, 1, 1], seed: 10 + index)
            b.weights("d\(index)", [count, 1, 3, 3], seed: 20 + index)
            b.weights("b\(index)", [count], seed: 30 + index)
            let bias = biased.contains(index) ? ["b\(index)"] : []
            b.node("Conv", ["features", "p\(index)"] + bias, ["point\(index)"])
            var last = "point\(index)"
            if let function {
                b.node(function, [last], ["function\(index)"])
                last = "function\(index)"
            }
            b.node(
                "Conv", [last, "d\(index)"] + bias, ["depth\(index)"],
                ["pads": .integers([1, 1, 1, 1]), "group": .integer(count)])
            b.node("Transpose", ["depth\(index)"], ["pixels\(index)"], ["perm": .integers([0, 2, 3, 1])])
            b.integers("shape\(index)", [Int64(batch), -1, Int64(count)])
            b.node("Reshape", ["pixels\(index)", "shape\(index)"], ["head\(index)"])
        }
        b.outputs = channels.indices.map { "head\($0)" }
        if exposed { b.outputs += ["point1", "depth0"] }
        return b
    }

    @Test(arguments: [
        heads(channels: [1, 4, 1, 10]), heads(batch: 2, channels: [1, 4, 1, 10], biased: [1, 2]),
        heads(channels: [20, 5, 5], biased: [0, 1, 2], function: "Relu"),
        heads(channels: [3, 18], function: "Sigmoid"),
        heads(channels: [17, 17, 14], exposed: true),
    ])
    func siblingConvolutionsAreOne(builder: ModelBuilder) throws {
        let model = builder.model
        let inputs = try ModelBuilder.randomInputs(model)
        let network = try Network(model)
        let steps = try network.plan(for: inputs.mapValues(\.type)).report
        // The first layer, one for all points, one for all depths, or one for each where its input is also an output.
        let count = steps.count { $0.operatorName == "Conv" }
        #expect(count == 3 || builder.outputs.contains("point1") && count == 5, "\(steps.map(\.label))")
        let found = try network.run(inputs), expected = try ModelBuilder.evaluate(model, inputs)
        for name in builder.outputs {
            #expect(relativeDifference(found[name]!, expected[name]!) < 2e-5, "\(name)")
        }
    }

    /// Nothing would be saved, or the branches do different things.
    @Test func siblingsThatFillTheirBlocksStayApart() throws {
        for channels in [[16, 32], [9, 9]] {
            let model = Self.heads(channels: channels).model
            let types = try ModelBuilder.randomInputs(model).mapValues(\.type)
            let steps = try Network(model).plan(for: types).report
            #expect(steps.count { $0.operatorName == "Conv" } == 5)
        }
        var builder = Self.heads(channels: [4, 4])
        builder.nodes[builder.nodes.firstIndex { $0.outputs == ["point1"] }!].attributes["strides"] = .integers([2, 2])
        builder.outputs = ["head0", "head1"]
        let types = try ModelBuilder.randomInputs(builder.model).mapValues(\.type)
        #expect(try Network(builder.model).plan(for: types).report.count { $0.operatorName == "Conv" } == 5)
    }

    /// A plan that shows what lies between joined layers has other layers, and does not mix up their weights.
    @Test func plansWithOtherOutputsKeepTheirWeightsApart() throws {
        let model = Self.heads(channels: [1, 4, 1, 10]).model
        let inputs = try ModelBuilder.randomInputs(model)
        let network = try Network(model)
        let first = try network.run(inputs)
        let shown = try network.exposing(["point2", "depth1"]).run(inputs), again = try network.run(inputs)
        var builder = Self.heads(channels: [1, 4, 1, 10])
        builder.outputs += ["point2", "depth1"]
        let expected = try ModelBuilder.evaluate(builder.model, inputs)
        #expect(shown.count == 6)
        for (name, value) in shown { #expect(relativeDifference(value, expected[name]!) < 2e-5, "\(name)") }
        for (name, value) in first { #expect(again[name]!.array(of: Float.self) == value.array(of: Float.self)) }
    }

    /// The nodes of a GELU of `x`, as different exporters write it.
    private static func gelu(_ b: inout ModelBuilder, of x: String, to y: String, form: Int) {
        b.floats("half", [0.5], shape: [])
        b.floats("one", [1], shape: [])
        b.floats("root", [form == 1 ? 0.707_106_77 : 1.414_213_5], shape: [])
        b.node(form == 1 ? "Mul" : "Div", [x, "root"], ["g1"])
        b.node("Erf", ["g1"], ["g2"])
        b.node("Add", ["g2", "one"], ["g3"])
        switch form {
        case 0:
            b.node("Mul", [x, "g3"], ["g4"])
            b.node("Mul", ["g4", "half"], [y])
        case 1:
            b.node("Mul", ["g3", "half"], ["g4"])
            b.node("Mul", ["g4", x], [y])
        default:
            b.node("Mul", ["half", x], ["g4"])
            b.node("Mul", ["g4", "g3"], [y])
        }
    }

    @Test(arguments: [0, 1, 2], [[3, 40, 24], [1, 200, 150]]) func matrixProductsTakeWhatFollows(
        form: Int, shape: [Int]
    ) throws {
        var builder = ModelBuilder()
        let columns = 37
        builder.input("x", shape)
        builder.weights("w", [shape[2], columns], seed: 3)
        builder.weights("b", [columns], seed: 4)
        builder.node("MatMul", ["x", "w"], ["product"])
        builder.node("Add", ["b", "product"], ["sum"])
        Self.gelu(&builder, of: "sum", to: "y", form: form)
        builder.outputs = ["y"]
        #expect(try runAsDefined(builder.model, within: 2e-5) == ["MatMul"])
        // Where somebody wants what lies between, the steps stay apart.
        for name in ["product", "sum", "g3"] {
            var shown = builder
            shown.outputs.append(name)
            #expect(try runAsDefined(shown.model, within: 2e-5).count > 1)
        }
    }

    @Test(arguments: [true, false]) func matrixProductsTakeScales(hasBias: Bool) throws {
        var builder = ModelBuilder()
        builder.input("x", [2, 9, 30])
        builder.weights("w", [30, 20], seed: 3)
        builder.weights("b", [20], seed: 4)
        builder.weights("s", [1, 1, 20], seed: 5)
        builder.node("MatMul", ["x", "w"], ["product"])
        builder.node("Add", ["product", "b"], ["sum"])
        builder.node("Mul", ["s", hasBias ? "sum" : "product"], ["scaled"])
        builder.node("Relu", ["scaled"], ["y"])
        builder.outputs = ["y"]
        #expect(try runAsDefined(builder.model, within: 2e-5) == ["MatMul"])
    }

    /// A convolution takes a GELU as it takes other functions, and alone it is one step.
    @Test(arguments: [0, 1, 2]) func geluIsOneFunction(form: Int) throws {
        for hasConvolution in [true, false] {
            var builder = ModelBuilder()
            builder.input("x", [1, 16, 9, 9])
            builder.weights("w", [16, 16, 1, 1], seed: 3)
            if hasConvolution { builder.node("Conv", ["x", "w"], ["c"]) } else { builder.node("Relu", ["x"], ["c"]) }
            Self.gelu(&builder, of: "c", to: "y", form: form)
            builder.outputs = ["y"]
            let steps = try runAsDefined(builder.model, within: 2e-5)
            #expect(steps == (hasConvolution ? ["to blocks", "Conv", "to rows"] : ["Relu", "gelu"]))
        }
        var other = ModelBuilder()
        other.input("x", [1, 16, 9, 9])
        other.node("Relu", ["x"], ["c"])
        Self.gelu(&other, of: "c", to: "y", form: form)
        other.floats("one", [1.5], shape: [])
        other.outputs = ["y"]
        #expect(try !runAsDefined(other.model, within: 2e-5).isEmpty)
    }

    @Test(arguments: [(true, "y"), (false, "y"), (true, "deviation"), (true, "mean")])
    func normalizationsInPartsAreOne(hasBias: Bool, shown: String) throws {
        var builder = ModelBuilder()
        builder.input("x", [2, 5, 50])
        builder.weights("scale", [50], seed: 3)
        builder.weights("bias", [50], seed: 4)
        builder.floats("two", [2], shape: [])
        builder.floats("epsilon", [1e-3], shape: [])
        builder.node("ReduceMean", ["x"], ["mean"], ["axes": .integers([-1])])
        builder.node("Sub", ["x", "mean"], ["deviation"])
        builder.node("Pow", ["deviation", "two"], ["square"])
        builder.node("ReduceMean", ["square"], ["variance"], ["axes": .integers([2])])
        builder.node("Add", ["variance", "epsilon"], ["sum"])
        builder.node("Sqrt", ["sum"], ["root"])
        builder.node("Div", ["deviation", "root"], ["normal"])
        builder.node("Mul", ["scale", "normal"], [hasBias ? "scaled" : "y"])
        if hasBias { builder.node("Add", ["scaled", "bias"], ["y"]) }
        builder.outputs = shown == "y" ? ["y"] : ["y", shown]
        let steps = try runAsDefined(builder.model, within: 2e-5)
        #expect((steps == ["LayerNormalization"]) == (shown == "y"), "\(steps)")
    }

    @Test func mixedNetworkEqualsItsDefinition() throws {
        let model = Self.mixed.model
        let inputs = try ModelBuilder.randomInputs(model)
        let found = try Network(model).run(inputs), expected = try ModelBuilder.evaluate(model, inputs)
        for name in ["y", "v"] { #expect(relativeDifference(found[name]!, expected[name]!) < 1e-4, "\(name)") }
    }

    @Test func anyNumberOfThreadsGivesTheSameBits() throws {
        let model = Self.mixed.model
        let inputs = try ModelBuilder.randomInputs(model)
        let network = try Network(model)
        let alone = try network.run(inputs)
        for width in [2, 3, 8] {
            let scheduler = WorkScheduler(width: width, memory: .unlimited)
            for _ in 0..<3 {
                let together = try network.run(inputs, workers: Workers(scheduler))
                for (name, tensor) in alone {
                    #expect(tensor.array(of: Float.self) == together[name]!.array(of: Float.self), "\(width) threads")
                }
            }
        }
    }

    /// What training leaves behind costs nothing, and does not stand between a convolution and its function.
    @Test func copiesAreLeftOut() throws {
        var b = ModelBuilder()
        b.input("x", [1, 16, 9, 7])
        b.weights("w1", [32, 16, 1, 1], seed: 1)
        b.weights("w2", [16, 32, 3, 3], seed: 2)
        b.node("Identity", ["x"], ["i"])
        b.node("Conv", ["i", "w1"], ["a"])
        b.node("Identity", ["a"], ["ai"])
        b.node("Relu", ["ai"], ["r"])
        b.node("Dropout", ["r"], ["d"])
        b.node("Cast", ["d"], ["e"], ["to": .integer(1)])
        b.node("Conv", ["e", "w2"], ["c"])
        b.node("Identity", ["c"], ["y"])
        b.outputs = ["y", "d"]
        let names = try runAsDefined(b.model, within: 1e-5)
        #expect(
            names.filter { $0 == "Conv" }.count == 2 && !names.contains("Relu") && !names.contains("Cast"), "\(names)")
        // They can be asked for all the same.
        let exposed = try Network(b.model).exposing(["ai", "e"]).run(ModelBuilder.randomInputs(b.model))
        for name in ["ai", "e"] { #expect(exposed[name]!.shape == [1, 32, 9, 7]) }
    }

    @Test func valuesShareMemory() throws {
        var builder = ModelBuilder()
        builder.input("x0", [1, 16, 32, 32])
        for index in 0..<20 {
            builder.weights("w\(index)", [16, 16, 1, 1], seed: index)
            builder.node("Conv", ["x\(index)", "w\(index)"], ["x\(index + 1)"])
        }
        builder.outputs = ["x20"]
        let plan = try Network(builder.model).plan(for: ["x0": TensorType(.float32, [1, 16, 32, 32])])
        // Three of the twenty-one values live at the same time at most.
        #expect(plan.arenaByteCount <= 3 * (16 * 32 * 32 * 4 + 128))
        var options = Network.Options()
        options.memory = 10_000
        #expect(throws: InferenceError.self) { try Network(builder.model, options: options) }
    }

    /// Outputs' memory comes back when nobody holds them, and not before.
    @Test(arguments: [16, 256]) func outputsAreNotWrittenAgain(size: Int) throws {
        var builder = ModelBuilder()
        builder.input("x", [1, 2, size, size])
        builder.node("Relu", ["x"], ["r"])
        builder.integers("flat", [-1])
        builder.node("Reshape", ["r", "flat"], ["y"])
        builder.outputs = ["y"]
        let network = try Network(builder.model)
        func run(_ value: Float) throws -> Tensor {
            let input = try Tensor(
                shape: [1, 2, size, size], floats: [Float](repeating: value, count: 2 * size * size))
            return try network.run(["x": input])["y"]!
        }
        let first = try run(1)
        var second: Tensor? = try run(2)
        let place = second!.storage.base
        #expect(first.array(of: Float.self).allSatisfy { $0 == 1 } && first.storage.base != place)
        second = nil
        let third = try run(3)
        #expect(size < 256 || third.storage.base == place)
        #expect(first.array(of: Float.self).allSatisfy { $0 == 1 })
        #expect(third.array(of: Float.self).allSatisfy { $0 == 3 })
    }

    @Test func cancellationEndsARun() throws {
        let model = Self.mixed.model
        let inputs = try ModelBuilder.randomInputs(model)
        let network = try Network(model)
        var asked = 0
        #expect(throws: InferenceError.self) {
            try network.run(inputs) {
                asked += 1
                return asked > 3
            }
        }
        #expect(asked == 4)
    }
}

extension ModelBuilder {
    func with(output: String) -> Model {
        var copy = self
        copy.outputs = [output]
        return copy.model
    }
}
