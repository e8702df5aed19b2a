import ONNX

/// A layer that combines two tensors of booleans element by element, with broadcasting.
protocol LogicalLayer: Layer {
    static func holds(_ a: Bool, _ b: Bool) -> Bool
}

extension LogicalLayer {
    static var opsets: ClosedRange<Int> { 7...21 }
    static var inputCount: ClosedRange<Int> { 2...2 }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.samePlace() }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let a = try inputs.type(0, .bool), b = try inputs.type(1, .bool)
        return [ValueFacts(try TensorType(.bool, broadcast([a.shape, b.shape])))]
    }

    func run(_ run: LayerRun) {
        let a = run.input(0).flags, b = run.input(1).flags, output = run.output().flags
        forEachPair(run.input(0), run.input(1), run.output()) {
            output[$0] = Self.holds(a[$1] != 0, b[$2] != 0) ? 1 : 0
        }
    }
}
