import Glibc
import NetworkKernels
import ONNX

/// `y = x − max x − ln Σ e^(x − max x)` along an axis.
///
/// - Shapes: any; the output has the input's.
/// - `axis`: by default −1; before operator set 13 it is 1 by default, and all axes from it on are one run.
/// - Types: float32.
struct LogSoftmax: Layer {
    private let axis: SoftmaxAxis

    init(_ node: inout AttributeReader) throws(LayerError) { axis = try SoftmaxAxis(&node) }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        [ValueFacts(try axis.checked(try inputs.type(0, .float32)))]
    }

    func run(_ run: LayerRun) {
        axis.forEachRun(run) { x, y, count in
            let most = loops.maximum(x, count: count)
            let sum = (0..<count).reduce(0.0) { $0 + exp(Double(x[$1] - most)) }
            let shift = Float(log(sum))
            for i in 0..<count { y[i] = (x[i] - most) - shift }
        }
    }
}
