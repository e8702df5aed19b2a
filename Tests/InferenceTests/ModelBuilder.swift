import ONNX
import Testing

@testable import Inference
@testable import ONNX

/// Small models for tests, made in memory.
struct ModelBuilder {
    var opset = 13
    var inputs: [ValueInfo] = []
    var outputs: [String] = []
    var initializers: [String: TensorData] = [:]
    var nodes: [Node] = []

    mutating func input(_ name: String, _ shape: [Int], _ type: ElementType = .float32) {
        inputs.append(ValueInfo(name: name, type: type, shape: shape.map { .fixed($0) }))
    }

    mutating func weights(_ name: String, _ shape: [Int], seed: Int = 1, scale: Float = 1) {
        let values = randomFloats(shape.reduce(1, *), seed: seed).map { $0 * scale }
        initializers[name] = TensorData(name: name, shape: shape, elements: .float32(values))
    }

    mutating func integers(_ name: String, _ values: [Int64], shape: [Int]? = nil) {
        initializers[name] = TensorData(name: name, shape: shape ?? [values.count], elements: .int64(values))
    }

    mutating func floats(_ name: String, _ values: [Float], shape: [Int]? = nil) {
        initializers[name] = TensorData(name: name, shape: shape ?? [values.count], elements: .float32(values))
    }

    mutating func node(
        _ operatorName: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: ONNX.Attribute] = [:]
    ) {
        nodes.append(
            Node(name: "", operatorName: operatorName, inputs: inputs, outputs: outputs, attributes: attributes))
    }

    var model: Model {
        let declared = outputs.map { ValueInfo(name: $0, type: .float32, shape: nil) }
        let graph = Graph(
            name: "test", inputs: inputs, outputs: declared, initializers: initializers, nodes: nodes)
        return Model(file: "test.onnx", irVersion: 8, producer: "", opset: opset, graph: graph, warnings: [])
    }

    /// Runs the layers one after the other as their definitions say, without any rewriting.
    static func evaluate(_ model: Model, _ inputs: [String: Tensor]) throws -> [String: Tensor] {
        let graph = try NetworkGraph(model)
        var values: [ValueID: Tensor] = [:]
        for (id, value) in graph.values.enumerated() { values[id] = value.constant }
        for (id, info) in zip(graph.inputs, model.graph.inputs) { values[id] = inputs[info.name] }
        for node in graph.nodes {
            let given = node.inputs.map { $0.flatMap { values[$0] } }
            let facts = try node.outputFacts(given.map { $0.map { ValueFacts($0) } })
            let known = facts.map(\.constant)
            let made =
                known.allSatisfy { $0 != nil } ? known : try node.evaluate(given, facts: facts, workers: .serial)
            for (id, tensor) in zip(node.outputs, made) { if let id { values[id] = tensor } }
        }
        var results: [String: Tensor] = [:]
        for (id, info) in zip(graph.outputs, model.graph.outputs) { results[info.name] = values[id] }
        return results
    }

    /// Random input for every declared shape.
    static func randomInputs(_ model: Model) throws -> [String: Tensor] {
        var inputs: [String: Tensor] = [:]
        for (index, info) in model.graph.inputs.enumerated() {
            let shape = (info.shape ?? []).map { if case .fixed(let size) = $0 { size } else { 1 } }
            inputs[info.name] = try Tensor(
                shape: shape, floats: randomFloats(shape.reduce(1, *), seed: 100 + index))
        }
        return inputs
    }
}

/// Runs a network on random inputs: its outputs have to be what the layers give one after the other.
///
/// - Parameter tolerance: as a part of the largest magnitude.
/// - Returns: the operators of the plan's steps.
func runAsDefined(
    _ model: Model, within tolerance: Double, at location: SourceLocation = #_sourceLocation
) throws -> [String] {
    let inputs = try ModelBuilder.randomInputs(model), network = try Network(model)
    let found = try network.run(inputs), expected = try ModelBuilder.evaluate(model, inputs)
    for (name, value) in expected {
        #expect(relativeDifference(found[name]!, value) < tolerance, "\(name)", sourceLocation: location)
    }
    return try network.plan(for: inputs.mapValues(\.type)).report.map(\.operatorName)
}

/// Numbers between −1 and 1, the same for the same seed.
func randomFloats(_ count: Int, seed: Int) -> [Float] {
    var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int64(bitPattern: state) >> 40) * 0x1p-23
    }
}

/// The largest difference, as a part of the largest magnitude of `b`.
func relativeDifference(_ a: Tensor, _ b: Tensor) -> Double {
    guard a.type == b.type else { return .infinity }
    let x = a.doubles, y = b.doubles
    let largest = y.reduce(1e-30) { max($0, abs($1)) }
    return zip(x, y).reduce(0) { max($0, abs($1.0 - $1.1).isNaN ? .infinity : abs($1.0 - $1.1)) } / largest
}
