import ONNX

/// The input repeated along axes of size 1, so that its shape becomes that of a broadcast with input 1.
struct Expand: Layer {
    static var opsets: ClosedRange<Int> { 8...21 }
    static var inputCount: ClosedRange<Int> { 2...2 }

    init(_ node: inout AttributeReader) {}

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0)
        return [ValueFacts(try TensorType(type.element, try broadcast([type.shape, try inputs.integers(1)])))]
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        if output.count == 0 { return }
        var strides = [Int](repeating: 0, count: output.shape.count)
        var stride = 1
        for (axis, size) in zip(output.shape.indices.reversed(), input.shape.reversed()) {
            strides[axis] = size == 1 ? 0 : stride
            stride *= size
        }
        copy(StridedWalk(sizes: output.shape, strides: strides), from: input, to: output, workers: run.workers)
    }
}
