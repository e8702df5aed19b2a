import ONNX

/// `y = !x`
///
/// - Shapes: any; the output has the input's.
/// - Types: bool.
struct Not: Layer {
    init(_ node: inout AttributeReader) {}

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] { [ValueFacts(try inputs.type(0, .bool))] }

    func run(_ run: LayerRun) {
        let input = run.input(0).flags, output = run.output().flags
        for index in input.indices { output[index] = input[index] == 0 ? 1 : 0 }
    }
}
