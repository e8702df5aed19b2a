import NetworkKernels
import ONNX

/// A layer that applies a function of one float32 to every element.
protocol ElementwiseLayer: Layer {
    var function: UnaryFunction { get }
}

extension ElementwiseLayer {
    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        [ValueFacts(try inputs.type(0, .float32))]
    }

    var inPlaceInput: Int? { 0 }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.samePlace() }

    func run(_ run: LayerRun) { floats(run) }

    func floats(_ run: LayerRun) {
        let input = run.input(0).floats, output = run.output().floats
        guard let from = input.baseAddress, let to = output.baseAddress else { return }
        run.workers.forEachRange(of: input.count, length: parallelThreshold) { range in
            loops.apply(function, from + range.lowerBound, to: to + range.lowerBound, count: range.count)
        }
    }
}
