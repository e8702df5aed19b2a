import ONNX

/// How two numbers compare.
enum Relation {
    case equal, greater, less, greaterOrEqual, lessOrEqual

    func holds<Number: Comparable>(_ a: Number, _ b: Number) -> Bool {
        switch self {
        case .equal: a == b
        case .greater: a > b
        case .less: a < b
        case .greaterOrEqual: a >= b
        case .lessOrEqual: a <= b
        }
    }
}

/// A layer that compares two tensors element by element, with broadcasting; the result is 0 or 1.
protocol ComparisonLayer: Layer {
    static var relation: Relation { get }
}

extension ComparisonLayer {
    static var opsets: ClosedRange<Int> { 7...21 }
    static var inputCount: ClosedRange<Int> { 2...2 }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.samePlace() }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let a = try inputs.type(0), b = try inputs.type(1)
        guard a.element == b.element else { throw .type("inputs are \(a.element) and \(b.element)") }
        return [ValueFacts(try TensorType(.bool, broadcast([a.shape, b.shape])))]
    }

    func run(_ run: LayerRun) {
        let a = run.input(0), b = run.input(1), output = run.output().flags
        if a.element == .float32 {
            let left = a.floats, right = b.floats
            forEachPair(a, b, run.output()) { output[$0] = Self.relation.holds(left[$1], right[$2]) ? 1 : 0 }
        } else {
            forEachPair(a, b, run.output()) {
                output[$0] = Self.relation.holds(a.integer(at: $1), b.integer(at: $2)) ? 1 : 0
            }
        }
    }
}
