import ONNX

/// Times runs of a network on random input.
public struct NetworkBenchmark {
    public struct Result: Sendable {
        /// Milliseconds of each run, in order.
        public var runs: [Double]
        /// For each step of the plan the least milliseconds of all runs.
        public var steps: [Double]
        public var plan: Plan

        public var least: Double { runs.min() ?? 0 }
        public var median: Double { runs.isEmpty ? 0 : runs.sorted()[runs.count / 2] }
    }

    private let network: Network
    private let inputs: [String: Tensor]

    /// - Parameter shape: of the first input. Others take their declared shape; a size that is not declared is 1
    ///   along the first two axes and 256 along others.
    public init(_ network: Network, shape: [Int]? = nil) throws(InferenceError) {
        self.network = network
        var inputs: [String: Tensor] = [:]
        for (index, type) in try network.inputTypes(first: shape).enumerated() {
            // A fixed sequence: the same input in every run.
            var state = UInt64(index + 1)
            inputs[network.inputs[index].name] = Tensor(type) { view in
                guard type.element == .float32 else { return }
                for place in view.floats.indices {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    view.floats[place] = Float(state >> 40) * 0x1p-24
                }
            }
        }
        self.inputs = inputs
    }

    /// Runs the network twice to warm up and then `count` times.
    public func run(count: Int, workers: () -> Workers) throws(InferenceError) -> Result {
        let plan = try network.plan(for: inputs.mapValues(\.type))
        var result = Result(runs: [], steps: [Double](repeating: .infinity, count: plan.steps.count), plan: plan)
        let clock = ContinuousClock()
        for round in -2..<count {
            let start = clock.now
            var last = start
            _ = try plan.run(inputs, workers: workers(), isCancelled: { false }) { step in
                let now = clock.now
                if round >= 0 { result.steps[step] = min(result.steps[step], milliseconds(last.duration(to: now))) }
                last = now
            }
            if round >= 0 { result.runs.append(milliseconds(start.duration(to: clock.now))) }
        }
        return result
    }
}

private func milliseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) * 1e-15
}

extension Network {
    /// Types for all inputs: the declared ones, with a shape for the first input where given; a size that is not
    /// declared becomes 1 along the first two axes and 256 along others.
    public func inputTypes(first shape: [Int]? = nil) throws(InferenceError) -> [TensorType] {
        var types: [TensorType] = []
        for (index, input) in inputs.enumerated() {
            let declared = (input.shape ?? []).enumerated().map { axis, dimension in
                if case .fixed(let size) = dimension { size } else { axis < 2 ? 1 : 256 }
            }
            do {
                types.append(try TensorType(input.type, index == 0 ? shape ?? declared : declared))
            } catch {
                throw .input(file: file, name: input.name, error.description)
            }
        }
        return types
    }
}
