import ONNX
import Synchronization

/// A network that is ready to be run on inputs of any shape that it takes.
///
/// What does not depend on the inputs is computed once here: constants are folded, dead nodes removed. A plan for
/// given input shapes is made on the first run with them and kept.
public final class Network: Sendable {
    public struct Options: Sendable {
        /// The most bytes that a run may take beside the weights, by default 4 GiB.
        public var memory = 4 << 30
        /// The most bytes of constants that are computed at load, by default 64 MiB and eight times the weights: what
        /// more there is, is computed in each run.
        public var constants: Int?

        /// How convolutions are computed wherever that way is possible; nil, the default, leaves each to the estimate of
        /// what is fastest. For tests and timings.
        public var convolutions: ConvolutionAlgorithm?

        public init() {}
    }

    public let file: String
    public let opset: Int
    public let producer: String
    public let inputs: [ValueInfo]
    public let outputs: [ValueInfo]
    public let warnings: [String]
    /// Numbers that the model file carries as weights.
    public let parameterCount: Int
    /// How often each operator stands in the model file.
    public let operatorCounts: [String: Int]
    /// The nodes of the model file, as people refer to them.
    public let nodes: [NodeOutline]
    let graph: NetworkGraph
    let packedWeights: PackedWeights
    let arenas: ArenaPool
    let outputMemory: OutputPool
    /// The model's file, where weights are read from it again for each plan.
    private let weightsFile: ModelFile?
    private let options: Options
    let constantBytes: Int
    /// The plans of the last few shapes, the newest last.
    private let plans = Mutex<[(key: [TensorType], plan: Plan)]>([])

    private static let keptPlans = 8

    /// - Throws: `InferenceError` for operators that are missing (all named at once), wrong attributes, and shapes
    ///   that do not fit, as far as the declared input shapes tell.
    public init(_ model: Model, options: Options = Options()) throws(InferenceError) {
        file = model.file
        opset = model.opset
        producer = model.producer
        inputs = model.graph.inputs
        outputs = model.graph.outputs
        warnings = model.warnings
        parameterCount = model.parameterCount
        operatorCounts = model.operatorCounts
        nodes = model.graph.nodes.map(NodeOutline.init)
        packedWeights = PackedWeights()
        arenas = ArenaPool()
        outputMemory = OutputPool()
        weightsFile = model.graph.weightsFile
        self.options = options

        var graph = try NetworkGraph(model)
        graph.removeDeadNodes()
        // Wherever all sizes are declared, what is wrong about shapes comes out here.
        var declared: [ValueID: TensorType] = [:]
        for (id, input) in zip(graph.inputs, model.graph.inputs) {
            guard let shape = input.shape else { continue }
            let sizes = shape.compactMap { if case .fixed(let size) = $0 { size } else { nil } }
            if sizes.count == shape.count, let type = try? TensorType(input.type, sizes) { declared[id] = type }
        }
        for node in graph.nodes {
            do {
                try node.layer.check(constants: node.inputs.map { $0.flatMap { graph.values[$0].constant?.type } })
            } catch {
                throw .node(file: model.file, opset: model.opset, node: node.label, inputs: [], error)
            }
        }
        constantBytes =
            options.constants
            ?? (64 << 20) + 8 * graph.values.reduce(0) { $0 + ($1.constant?.type.byteCount ?? 0) }
        var propagation = FactPropagation(file: model.file, opset: model.opset, constantBytes: constantBytes)
        _ = try propagation.run(graph, inputTypes: declared)
        propagation = FactPropagation(file: model.file, opset: model.opset, constantBytes: constantBytes)
        let folded = try propagation.run(graph, inputTypes: [:])
        for (id, facts) in folded.facts.enumerated() { graph.values[id].constant = facts?.constant }
        graph.nodes = folded.nodes
        graph.removeDeadNodes()
        self.graph = graph
        try checkWeights()
        if declared.count == inputs.count {
            _ = try plan(
                for: Dictionary(uniqueKeysWithValues: zip(inputs, graph.inputs).map { ($0.name, declared[$1]!) }))
        }
    }

    /// The network of another one's graph and weights.
    private init(_ other: Network, graph: NetworkGraph, outputs: [ValueInfo]) {
        file = other.file
        opset = other.opset
        producer = other.producer
        inputs = other.inputs
        self.outputs = outputs
        warnings = other.warnings
        parameterCount = other.parameterCount
        operatorCounts = other.operatorCounts
        nodes = other.nodes
        packedWeights = other.packedWeights
        arenas = other.arenas
        outputMemory = other.outputMemory
        weightsFile = other.weightsFile
        options = other.options
        constantBytes = other.constantBytes
        self.graph = graph
    }

    /// The same network, which also gives values from between its layers. The weights are shared.
    ///
    /// - Throws: for a value that does not exist, or that no output depends on.
    public func exposing(_ names: [String]) throws(InferenceError) -> Network {
        var graph = graph
        var outputs = outputs
        for name in names where !outputs.contains(where: { $0.name == name }) {
            guard let id = graph.value(name) else {
                throw .input(file: file, name: name, "is no value that the network's outputs depend on")
            }
            graph.outputs.append(id)
            outputs.append(ValueInfo(name: name, type: .float32, shape: nil))
        }
        return Network(self, graph: graph, outputs: outputs)
    }

    /// A value that does not depend on the inputs, by its name; nil where there is none.
    public func constant(_ name: String) -> Tensor? {
        graph.values.first { $0.name == name && $0.constant != nil }?.constant
    }

    /// Bytes of memory that the weights take: as the kernels of the plans that have been made want them, and those as
    /// the file has them that are small or used so.
    public var weightByteCount: Int {
        graph.values.reduce(packedWeights.byteCount) { $0 + ($1.constant?.residentByteCount ?? 0) }
    }

    /// The same for networks that share their weights.
    public var weightsIdentity: ObjectIdentifier { ObjectIdentifier(packedWeights) }

    /// The plan for inputs of given types.
    ///
    /// - Throws: for inputs that are missing or do not fit the declared shapes, and where the memory limit would be
    ///   exceeded.
    public func plan(for types: [String: TensorType]) throws(InferenceError) -> Plan {
        var key: [TensorType] = []
        var named: [String: Int] = [:]
        for input in inputs {
            guard let type = types[input.name] else {
                throw .input(file: file, name: input.name, "is missing")
            }
            try check(type, against: input, &named)
            key.append(type)
        }
        if let name = types.keys.first(where: { name in !inputs.contains { $0.name == name } }) {
            let known = inputs.map(\.name).joined(separator: ", ")
            throw .input(file: file, name: name, "is not an input of the model; it has \(known)")
        }
        if let kept = plans.withLock({ plans in plans.first { $0.key == key }?.plan }) { return kept }
        let plan = try Plan(self, inputTypes: key, options: options)
        try checkWeights()
        plans.withLock { plans in
            plans.append((key, plan))
            if plans.count > Network.keptPlans { plans.removeFirst() }
        }
        return plan
    }

    /// Weights that could not be read have been taken for zeros.
    private func checkWeights() throws(InferenceError) {
        if let fault = weightsFile?.fault { throw .model(ModelError(file: file, fault: fault)) }
    }

    private func check(
        _ type: TensorType, against input: ValueInfo, _ named: inout [String: Int]
    ) throws(InferenceError) {
        guard type.element == input.type else {
            throw .input(file: file, name: input.name, "is \(type.element); the model takes \(input.type)")
        }
        guard let shape = input.shape else { return }
        var fits = shape.count == type.rank
        for (declared, size) in zip(shape, type.shape) {
            switch declared {
            case .fixed(let expected): fits = fits && size == expected
            case .named(let name): fits = fits && named.updateValue(size, forKey: name) ?? size == size
            case .unknown: break
            }
        }
        if !fits {
            let text = shape.map(\.description).joined(separator: ", ")
            throw .input(file: file, name: input.name, "has shape \(type.shape); the model takes [\(text)]")
        }
    }

    /// Runs the network.
    ///
    /// - Parameters:
    ///   - inputs: by name, one for each of `inputs`.
    ///   - workers: does not change the result.
    ///   - isCancelled: asked between layers.
    /// - Returns: the outputs by name.
    public func run(
        _ inputs: [String: Tensor], workers: Workers = .serial, isCancelled: () -> Bool = { false }
    ) throws(InferenceError) -> [String: Tensor] {
        let plan = try plan(for: inputs.mapValues(\.type))
        return try plan.run(inputs, workers: workers, isCancelled: isCancelled)
    }
}
