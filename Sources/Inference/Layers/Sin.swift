import Glibc
import ONNX

/// `y = sin x`, x in radians.
///
/// - Shapes: any; the output has the input's.
/// - Types: float32.
struct Sin: Layer {
    init(_ node: inout AttributeReader) {}

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        [ValueFacts(try inputs.type(0, .float32))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.samePlace() }

    func run(_ run: LayerRun) {
        let input = run.input(0).floats, output = run.output().floats
        for index in input.indices { output[index] = sin(input[index]) }
    }
}
