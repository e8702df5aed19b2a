import ONNX
import Testing

@testable import Inference

@Suite("Elements go where the new order puts them")
struct RearrangingTests {
    /// Sizes around the eight rows and columns that are transposed at once.
    @Test(arguments: [[0, 2, 3, 1], [0, 3, 1, 2], [3, 2, 1, 0], [0, 1, 3, 2], [2, 0, 3, 1]])
    func transposedTensors(order: [Int]) throws {
        let shape = [2, 17, 9, 24]
        var builder = ModelBuilder()
        builder.input("x", shape)
        builder.node("Transpose", ["x"], ["y"], ["perm": .integers(order)])
        builder.outputs = ["y"]
        let inputs = try ModelBuilder.randomInputs(builder.model)
        let found = try Network(builder.model).run(inputs)["y"]!, x = inputs["x"]!.array(of: Float.self)
        var strides = [Int](repeating: 1, count: 4)
        for axis in (0..<3).reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        let sizes = order.map { shape[$0] }, steps = order.map { strides[$0] }
        #expect(found.shape == sizes)
        var expected: [Float] = []
        for a in 0..<sizes[0] {
            for b in 0..<sizes[1] {
                for c in 0..<sizes[2] {
                    for d in 0..<sizes[3] {
                        expected.append(x[a * steps[0] + b * steps[1] + c * steps[2] + d * steps[3]])
                    }
                }
            }
        }
        #expect(found.array(of: Float.self) == expected)
    }

    /// A normalisation that is written out, between paddings, without a change of layout on the way.
    @Test(arguments: ["constant", "reflect", "edge", "wrap"]) func blockedPlanesStayBlocked(mode: String) throws {
        var builder = ModelBuilder()
        builder.input("x", [1, 16, 9, 11])
        builder.weights("w", [32, 16, 1, 1], seed: 1)
        builder.integers("pads", [0, 0, 2, 3, 0, 0, 1, -2])
        builder.floats("two", [2], shape: [])
        builder.node("Conv", ["x", "w"], ["c"])
        builder.node("Pad", ["c", "pads"], ["p"], ["mode": .string(mode)])
        builder.node("ReduceMean", ["p"], ["m"], ["axes": .integers([2, 3])])
        builder.node("Sub", ["p", "m"], ["d"])
        builder.node("Pow", ["d", "two"], ["s"])
        builder.node("ReduceMean", ["s"], ["v"], ["axes": .integers([-1, 2])])
        builder.node("Add", ["p", "v"], ["y"])
        builder.outputs = ["y"]
        let names = try runAsDefined(builder.model, within: 1e-5)
        #expect(names.first == "to blocks" && names.last == "to rows" && names.count == 9, "\(names)")
    }

    /// Parts of the channels that begin and end anywhere, and responses divided by those of neighbouring channels.
    @Test func channelsAreCutInBlocks() throws {
        var builder = ModelBuilder()
        builder.input("x", [2, 16, 5, 6])
        builder.weights("w", [45, 16, 1, 1], seed: 1)
        builder.integers("sizes", [16, 9, 20])
        for (name, value) in [("from", 7), ("to", 39), ("axis", 1)] as [(String, Int64)] {
            builder.integers(name, [value])
        }
        builder.node("Conv", ["x", "w"], ["c"])
        builder.node("LRN", ["c"], ["l"], ["size": .integer(5), "alpha": .float(0.3)])
        builder.node("Split", ["l", "sizes"], ["p", "q", "r"], ["axis": .integer(1)])
        builder.node("Slice", ["l", "from", "to", "axis"], ["s"])
        builder.node("Concat", ["r", "p", "s", "q"], ["j"], ["axis": .integer(1)])
        builder.node("MaxPool", ["j"], ["y"], ["kernel_shape": .integers([3, 3]), "strides": .integers([2, 2])])
        builder.outputs = ["y"]
        let names = try runAsDefined(builder.model, within: 1e-5)
        #expect(names.filter { $0.hasPrefix("to ") } == ["to blocks", "to rows"], "\(names)")
    }

    /// Few rows read the weights as they are, more have them packed.
    @Test(arguments: [1, 3, 4, 5], [(33, 7), (300, 18)]) func productsOfFewRows(rows: Int, size: (Int, Int)) throws {
        var builder = ModelBuilder()
        builder.input("x", [rows, size.0])
        builder.weights("w", [size.1, size.0], seed: 1)
        builder.weights("b", [size.1], seed: 2)
        builder.node("Gemm", ["x", "w", "b"], ["y"], ["transB": .integer(1), "alpha": .float(0.5)])
        builder.outputs = ["y"]
        let model = builder.model
        let inputs = try ModelBuilder.randomInputs(model)
        let found = try Network(model).run(inputs)["y"]!, expected = try ModelBuilder.evaluate(model, inputs)["y"]!
        #expect(relativeDifference(found, expected) < 1e-5)
    }
}
