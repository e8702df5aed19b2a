import Foundation
import SwiftProtobuf

@testable import ONNX

/// A small network, written as an ONNX file.
struct TestModel {
    private var graph = Onnx_GraphProto()

    /// Sizes; nil for one that is left open.
    mutating func input(_ name: String, _ shape: [Int?], type: Int32 = 1) {
        graph.input.append(Self.value(name, shape, type: type))
    }
    mutating func output(_ name: String, _ shape: [Int?]) { graph.output.append(Self.value(name, shape)) }

    mutating func weights(_ name: String, _ shape: [Int], _ values: [Float]) {
        var tensor = Onnx_TensorProto()
        tensor.name = name
        tensor.dims = shape.map(Int64.init)
        tensor.dataType = 1
        tensor.floatData = values
        graph.initializer.append(tensor)
    }

    mutating func node(
        _ op: String, _ inputs: [String], _ output: String, name: String = "", integers: [String: [Int]] = [:]
    ) {
        var node = Onnx_NodeProto()
        node.name = name
        node.opType = op
        node.input = inputs
        node.output = [output]
        for (key, values) in integers.sorted(by: { $0.key < $1.key }) {
            var attribute = Onnx_AttributeProto()
            attribute.name = key
            attribute.type = 7
            attribute.ints = values.map(Int64.init)
            node.attribute.append(attribute)
        }
        graph.node.append(node)
    }

    private static func value(_ name: String, _ shape: [Int?], type: Int32 = 1) -> Onnx_ValueInfoProto {
        var value = Onnx_ValueInfoProto()
        value.name = name
        value.type.tensorType.elemType = type
        for (axis, size) in shape.enumerated() {
            var dimension = Onnx_TensorShapeProto.Dimension()
            if let size { dimension.dimValue = Int64(size) } else { dimension.dimParam = "size\(axis)" }
            value.type.tensorType.shape.dim.append(dimension)
        }
        return value
    }

    func write(to path: String) throws {
        var model = Onnx_ModelProto()
        model.irVersion = 8
        var opset = Onnx_OperatorSetIdProto()
        opset.version = 13
        model.opsetImport = [opset]
        model.graph = graph
        model.graph.name = "test"
        try model.serializedData().write(to: URL(filePath: path))
    }

    /// The mean of each of three channels, as the scores of three classes.
    static func colours(size: Int? = 8, isChannelsLast: Bool = false) -> TestModel {
        var model = TestModel()
        model.input("picture", isChannelsLast ? [1, size, size, 3] : [1, 3, size, size])
        if isChannelsLast {
            model.node("Transpose", ["picture"], "planes", integers: ["perm": [0, 3, 1, 2]])
        }
        model.node("GlobalAveragePool", [isChannelsLast ? "planes" : "picture"], "pooled", name: "pool")
        model.node("Flatten", ["pooled"], "scores")
        model.output("scores", [1, 3])
        return model
    }

    /// The same of 8-bit samples as they come out of a camera.
    static func colourBytes() -> TestModel {
        var model = TestModel()
        model.input("picture", [1, 8, 8, 3], type: 2)
        model.node("Transpose", ["picture"], "planes", integers: ["perm": [0, 3, 1, 2]])
        var cast = Onnx_NodeProto()
        cast.opType = "Cast"
        cast.input = ["planes"]
        cast.output = ["numbers"]
        var to = Onnx_AttributeProto()
        to.name = "to"
        to.type = 2
        to.i = 1
        cast.attribute = [to]
        model.graph.node.append(cast)
        model.node("GlobalAveragePool", ["numbers"], "pooled")
        model.node("Flatten", ["pooled"], "scores")
        model.output("scores", [1, 3])
        model.output("pooled", [1, 3, 1, 1])
        return model
    }

    /// Ends with a pool over 4×4 of 8×8 places, whose classes stand for no whole picture.
    static func pooledInParts() -> TestModel {
        var model = TestModel()
        model.input("picture", [1, 3, 8, 8])
        model.node(
            "AveragePool", ["picture"], "pooled", name: "quarters",
            integers: ["kernel_shape": [4, 4], "strides": [4, 4]])
        model.node("Flatten", ["pooled"], "scores")
        model.output("scores", [1, 12])
        return model
    }

    /// A convolution of two maps, red without green and blue without green, a pool, and a linear layer of two classes.
    static func spots(size: Int) -> TestModel {
        var model = TestModel()
        model.input("picture", [1, 3, size, size])
        model.weights("w", [2, 3, 1, 1], [1, -1, 0, 0, -1, 1])
        model.node("Conv", ["picture", "w"], "maps", name: "conv")
        model.node("Relu", ["maps"], "features", name: "relu")
        model.node("GlobalAveragePool", ["features"], "pooled")
        model.node("Flatten", ["pooled"], "flat")
        model.weights("m", [2, 2], [4, 0, 0, 4])
        model.weights("b", [2], [0.01, 0.02])
        var gemm = Onnx_NodeProto()
        gemm.opType = "Gemm"
        gemm.input = ["flat", "m", "b"]
        gemm.output = ["scores"]
        model.graph.node.append(gemm)
        model.output("scores", [1, 2])
        return model
    }
}
