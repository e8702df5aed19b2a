import ONNX

/// A layer that keeps every element where it is and only changes the shape.
protocol ReshapingLayer: Layer {
    func outputShape(for inputs: LayerInputs) throws(LayerError) -> [Int]
}

extension ReshapingLayer {
    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.type(0)
        let output = try TensorType(input.element, try outputShape(for: inputs))
        guard output.count == input.count else {
            throw .shape("\(input.count) elements of shape \(input.shape) cannot take the shape \(output.shape)")
        }
        return [ValueFacts(output)]
    }

    var viewOffset: Int? { 0 }

    func run(_ run: LayerRun) {
        if run.output().base != run.input(0).base { run.output().copy(from: run.input(0)) }
    }
}
