import ONNX

/// How a network runs on inputs of given shapes: its steps in order, where each value lies, how much memory it takes.
public final class Plan: Sendable {
    /// Where a value is during a run.
    enum Place {
        case constant(Tensor)
        case input(Int)
        /// In the arena, at an offset in bytes.
        case arena(Int)
        /// In the memory of an output, which is handed out at the end.
        case output(ValueID)
        /// Made during the run, because its shape depends on data.
        case late
    }

    struct Step {
        var node: PlanNode
        var inputs: [TensorType?]
        var outputs: [TensorType?]
        var isLate: Bool
        var scratchOffset: Int
        /// Late values that nobody needs after this step.
        var releases: [ValueID] = []

        /// Whether any value of the step has an element: computations need not think of empty ones.
        var makesElements: Bool { outputs.contains { $0.map { $0.byteCount > 0 } ?? false } }
    }

    let file: String
    let opset: Int
    let inputNames: [String]
    let outputs: [(name: String, id: ValueID)]
    let steps: [Step]
    let places: [ValueID: Place]
    let types: [ValueID: TensorType]
    /// Bytes of the arena, in which all values between the layers lie.
    public let arenaByteCount: Int
    /// Bytes of the outputs.
    public let outputByteCount: Int
    /// Bytes of working memory for each thread.
    public let pieceByteCount: Int
    /// Bytes that values made in a run may take.
    private let lateBytes: Int
    private let knownMultiplications: Int
    /// Shared by all plans of the network.
    private let arenas: ArenaPool
    private let outputMemory: OutputPool
    private let pool: ScratchPool

    init(_ network: Network, inputTypes: [TensorType], options: Network.Options) throws(InferenceError) {
        let graph = network.graph
        file = network.file
        opset = network.opset
        inputNames = network.inputs.map(\.name)
        outputs = zip(network.outputs, graph.outputs).map { ($0.name, $1) }

        var propagation = FactPropagation(file: file, opset: opset, constantBytes: network.constantBytes)
        let known = try propagation.run(
            graph, inputTypes: Dictionary(uniqueKeysWithValues: zip(graph.inputs, inputTypes)))
        var lowering = Lowering(
            known, graph: graph, cache: network.packedWeights, convolutions: options.convolutions)
        lowering.run()
        var memory = MemoryPlan(lowering.nodes, facts: lowering.facts, graph: graph)
        memory.assign()
        guard memory.total <= options.memory else {
            throw .memory(file: file, needed: memory.total, allowed: options.memory)
        }
        steps = memory.steps
        places = memory.places
        types = memory.types
        arenaByteCount = memory.arenaByteCount
        outputByteCount = memory.outputByteCount
        pieceByteCount = memory.pieceByteCount
        lateBytes = options.memory - memory.total
        knownMultiplications = memory.steps.reduce(0) { sum, step in
            step.isLate
                ? .max / 2
                : min(
                    .max / 2,
                    sum + step.node.computation.multiplicationCount(inputs: step.inputs, outputs: step.outputs))
        }
        arenas = network.arenas
        outputMemory = network.outputMemory
        pool = ScratchPool(byteCount: pieceByteCount)
    }

    /// Bytes that a run on one thread takes beside the weights and its inputs, known before it begins; each further
    /// thread takes `pieceByteCount` more.
    public var peakByteCount: Int { arenaByteCount + outputByteCount + pieceByteCount }

    /// The types of the outputs; those are missing that become known only in a run.
    public var outputTypes: [String: TensorType] {
        outputs.reduce(into: [:]) { $0[$1.name] = types[$1.id] }
    }

    /// What one step of the plan computes, for reports.
    public struct StepReport: Sendable {
        public var label: String
        public var operatorName: String
        /// How it is computed, where there are several ways.
        public var algorithm: String
        /// Nil where it becomes known only in a run.
        public var output: TensorType?
        /// Where in the arena the output lies; nil for what has memory of its own.
        public var offset: Int?
        public var multiplications: Int
    }

    public var report: [StepReport] {
        steps.map { step in
            StepReport(
                label: step.node.label, operatorName: step.node.operatorName, algorithm: step.node.algorithm,
                output: step.outputs.first.flatMap { $0 },
                offset: step.node.outputs.first.flatMap { $0 }.flatMap(offset),
                multiplications: step.isLate
                    ? 0 : step.node.computation.multiplicationCount(inputs: step.inputs, outputs: step.outputs))
        }
    }

    private func offset(_ id: ValueID) -> Int? { if case .arena(let offset)? = places[id] { offset } else { nil } }

    /// Multiplications of one run, without those of steps whose shapes depend on data.
    public var multiplicationCount: Int { report.reduce(0) { $0 + $1.multiplications } }

    /// Whether a run takes a few hundredths of a millisecond.
    private var isSmall: Bool { knownMultiplications < 2_000_000 && arenaByteCount < 1 << 20 }

    /// Runs the plan.
    ///
    /// - Parameters:
    ///   - isCancelled: asked before each step.
    ///   - afterStep: told each step's index when it has ended.
    /// - Precondition: the inputs have the types that the plan was made for.
    func run(
        _ inputs: [String: Tensor], workers: Workers, isCancelled: () -> Bool, afterStep: ((Int) -> Void)? = nil
    ) throws(InferenceError) -> [String: Tensor] {
        var result = Result<[String: Tensor], InferenceError>.failure(.cancelled)
        // Waking another thread takes longer than a small network does.
        (isSmall ? workers.narrowed() : workers).together { workers in
            do throws(InferenceError) {
                result = .success(try compute(inputs, workers, isCancelled, afterStep))
            } catch {
                result = .failure(error)
            }
        }
        if case .success = result, workers.wasInterrupted { throw .cancelled }
        return try result.get()
    }

    private func compute(
        _ inputs: [String: Tensor], _ workers: Workers, _ isCancelled: () -> Bool, _ afterStep: ((Int) -> Void)?
    ) throws(InferenceError) -> [String: Tensor] {
        let arena = arenas.take(byteCount: arenaByteCount)
        defer { arenas.giveBack(arena) }
        let given = inputNames.map { inputs[$0]!.resident }
        var made: [ValueID: TensorStorage] = [:]
        var late: [ValueID: Tensor] = [:]
        var lateBytesUsed = 0

        func view(_ id: ValueID) -> TensorView {
            switch places[id]! {
            case .constant(let tensor): return tensor.view
            case .input(let index): return given[index].view
            case .arena(let offset): return TensorView(types[id]!, arena.base + offset)
            case .output(let output): return TensorView(types[id]!, made[output]!.base)
            case .late: return late[id]!.view
            }
        }
        for (id, place) in places {
            if case .output(id) = place { made[id] = outputMemory.take(byteCount: types[id]!.byteCount) }
        }
        for (index, step) in steps.enumerated() {
            if isCancelled() { throw .cancelled }
            do {
                if step.isLate {
                    let inputs = step.node.inputs.map { $0.map { Tensor(copying: view($0)) } }
                    let made = try runLate(step, inputs, workers, &lateBytesUsed)
                    for (id, tensor) in zip(step.node.outputs, made) { if let id { late[id] = tensor } }
                } else if step.makesElements {
                    try step.node.computation.run(
                        LayerRun(
                            inputs: step.node.inputs.map { $0.map(view) },
                            outputs: step.node.outputs.map { $0.map(view) }, scratch: arena.base + step.scratchOffset,
                            pool: pool, workers: workers))
                }
            } catch let error as LayerError {
                throw .node(
                    file: file, opset: opset, node: step.node.label,
                    inputs: step.node.inputs.map { $0.map { view($0).type.description } ?? "none" }, error)
            } catch let error as InferenceError {
                throw error
            } catch {
                preconditionFailure("layers throw LayerError only")
            }
            if workers.wasInterrupted { throw .cancelled }
            for id in step.releases { late[id] = nil }
            afterStep?(index)
        }
        var results: [String: Tensor] = [:]
        for (name, id) in outputs {
            switch places[id]! {
            case .constant(let tensor): results[name] = tensor
            case .input(let index): results[name] = given[index]
            case .output(let output): results[name] = Tensor(types[id]!, storage: made[output]!)
            case .late: results[name] = late[id]!
            case .arena: preconditionFailure("outputs have memory of their own")
            }
        }
        return results
    }

    /// A step whose outputs' shapes depend on data: they are known now that its inputs are.
    private func runLate(
        _ step: Step, _ inputs: [Tensor?], _ workers: Workers, _ bytesUsed: inout Int
    ) throws -> [Tensor?] {
        guard let node = step.node.late else { preconditionFailure("a late step keeps its layer") }
        let facts = try node.outputFacts(inputs.map { $0.map { ValueFacts($0) } })
        for (id, fact) in zip(node.outputs, facts) where id != nil { bytesUsed += fact.type.byteCount }
        guard bytesUsed <= lateBytes else {
            throw InferenceError.memory(file: file, needed: bytesUsed, allowed: lateBytes)
        }
        if zip(node.outputs, facts).allSatisfy({ $0 == nil || $1.constant != nil }) { return facts.map(\.constant) }
        return try node.evaluate(inputs, facts: facts, workers: workers)
    }
}
