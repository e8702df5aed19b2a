import ONNX

/// How a network that turns pictures into pictures can be run on parts of a picture with the result of the whole.
public struct Locality: Sendable, Equatable {
    /// Along one axis, in elements of the input.
    public struct Axis: Sendable, Equatable {
        /// Where a part may begin, and what its size has to be: multiples of this.
        public var alignment: Int
        /// What has to lie before and after the elements that a result is wanted for.
        public var before: Int
        public var after: Int
        /// Elements of the output for each of the input.
        public var scale: Double

        public init(alignment: Int, before: Int, after: Int, scale: Double) {
            self.alignment = alignment
            self.before = before
            self.after = after
            self.scale = scale
        }
    }

    public var rows: Axis
    public var columns: Axis
    /// A node because of which a part gives something else than the whole, since it looks at all of its input; nil where
    /// there is none. What `rows` and `columns` say is then only how far everything else looks.
    public var whole: String?
}

extension Network {
    /// Why there is no ``Locality``.
    public enum Nonlocal: Error, Sendable, Equatable {
        /// A node after which places are no places of the picture any more.
        case node(String)
        /// The output is no picture of the input's proportions.
        case output
    }

    /// What the elements of an output `[N, C, H, W]` depend on in an input of that kind, found from the operators of
    /// the graph; other inputs count as constants.
    ///
    /// Exact up to the rounding of sums: a convolution may add in another order at another place.
    ///
    /// - Parameter types: of all inputs.
    public func locality(
        of output: String, in input: String, types: [String: TensorType]
    ) throws(InferenceError) -> Result<Locality, Nonlocal> {
        var given: [ValueID: TensorType] = [:]
        for (id, info) in zip(graph.inputs, inputs) { given[id] = types[info.name] }
        var propagation = FactPropagation(file: file, opset: opset, constantBytes: constantBytes)
        let result = try propagation.run(graph, inputTypes: given)
        guard let target = outputs.firstIndex(where: { $0.name == output }).map({ graph.outputs[$0] }),
            let source = inputs.firstIndex(where: { $0.name == input }).map({ graph.inputs[$0] }),
            let from = given[source], let to = result.facts[target]?.type, from.rank == 4, to.rank == 4
        else { return .failure(.output) }

        var reaches: [ValueID: Reach] = [source: .itself]
        // Values that depend on the input but have no places, such as means over all of it, with the node that made it so.
        var lost: [ValueID: String] = [:]
        var whole: String?
        var steps: [AxisReach] = []
        for node in result.nodes {
            let inputs = node.inputs.compactMap { $0 }
            let label = inputs.lazy.compactMap { lost[$0] }.first
            guard let source = inputs.first(where: { reaches[$0] != nil }) else {
                if let label { for case let id? in node.outputs { lost[id] = label } }
                continue
            }
            whole = whole ?? label
            guard let first = node.outputs[0], let type = result.facts[first]?.type,
                let reach = node.layer.reach(
                    ReachInputs(
                        reaches: node.inputs.map { $0.flatMap { reaches[$0] } },
                        inputs: LayerInputs(node, result.facts), output: type))
            else {
                whole = whole ?? node.label
                // A normalisation over the whole keeps every place where it is.
                let isInPlace =
                    node.outputs[0].flatMap { result.facts[$0]?.type.shape } == result.facts[source]?.type.shape
                for case let id? in node.outputs {
                    if isInPlace, result.facts[source]?.type.rank == 4 {
                        reaches[id] = reaches[source]
                    } else {
                        lost[id] = node.label
                    }
                }
                continue
            }
            for case let id? in node.outputs { reaches[id] = reach }
            steps += [reach.rows, reach.columns]
        }
        if let label = lost[target] { return .failure(.node(label)) }
        guard let reach = reaches[target], let alignment = Self.alignment(steps.map(\.step)),
            let rows = Self.axis(reach.rows, alignment, from.shape[2], to.shape[2]),
            let columns = Self.axis(reach.columns, alignment, from.shape[3], to.shape[3])
        else { return .failure(.output) }
        return .success(Locality(rows: rows, columns: columns, whole: whole))
    }

    private static func axis(_ reach: AxisReach, _ alignment: Int, _ input: Int, _ output: Int) -> Locality.Axis? {
        let scale = 1 / reach.step
        guard Double(output) == (Double(input) * scale).rounded() else { return nil }
        // Results of the elements up to e end at the output element (e + 1) · scale − 1.
        func whole(_ value: Double) -> Int { max(0, Int((value - 1e-6).rounded(.up))) }
        return Locality.Axis(
            alignment: alignment, before: whole(-reach.low), after: whole(reach.high - reach.step + 1), scale: scale)
    }

    /// The least distance that is whole in the elements of every value; nil where there is none of a sensible size.
    private static func alignment(_ steps: [Double]) -> Int? {
        var alignment = 1
        for step in Set(steps) {
            guard
                let denominator = (1...64).first(where: {
                    abs((step * Double($0)).rounded() - step * Double($0)) < 1e-9
                })
            else { return nil }
            let numerator = Int((step * Double(denominator)).rounded())
            alignment = alignment / greatestCommonDivisor(alignment, numerator) * numerator
            if alignment > 4096 { return nil }
        }
        return alignment
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}
