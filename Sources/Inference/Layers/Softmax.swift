import NetworkKernels
import ONNX

/// `y = e^(x − max x) / Σ e^(x − max x)` along an axis.
///
/// - Shapes: any; the output has the input's.
/// - `axis`: by default −1; before operator set 13 it is 1 by default, and all axes from it on are one run.
/// - Types: float32.
struct Softmax: Layer {
    private let axis: SoftmaxAxis

    init(_ node: inout AttributeReader) throws(LayerError) { axis = try SoftmaxAxis(&node) }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        [ValueFacts(try axis.checked(try inputs.type(0, .float32)))]
    }

    func run(_ run: LayerRun) {
        if let (rows, count) = axis.neighbouringRuns(run.input(0).type), count <= 8 {
            let x = run.input(0).floats.baseAddress!, y = run.output().floats.baseAddress!
            run.workers.forEachRange(of: rows, length: parallelThreshold / 8) { range in
                let first = range.lowerBound * count
                loops.softmax(x + first, to: y + first, rows: range.count, count: count)
            }
            return
        }
        axis.forEachRun(run) { x, y, count in
            let most = loops.maximum(x, count: count)
            let sum = loops.exponentials(x, to: y, count: count, shift: most)
            loops.affine(y, to: y, count: count, scale: Float(1 / sum), shift: 0)
        }
    }
}
