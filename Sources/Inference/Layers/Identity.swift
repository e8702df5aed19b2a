import ONNX

/// `y = x`
struct Identity: Layer {
    init(_ node: inout AttributeReader) {}

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] { [ValueFacts(try inputs.type(0))] }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.only() }

    func run(_ run: LayerRun) { run.output().copy(from: run.input(0)) }
}
