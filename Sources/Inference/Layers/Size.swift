import ONNX

/// The number of the input's elements, one int64.
struct Size: Layer {
    init(_ node: inout AttributeReader) {}

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        [ValueFacts(try Tensor(shape: [], int64s: [Int64(try inputs.type(0).count)]))]
    }

    func run(_ run: LayerRun) { preconditionFailure("known before any run") }
}
