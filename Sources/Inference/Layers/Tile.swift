import ONNX

/// The input repeated along each axis as often as input 1 says.
struct Tile: Layer {
    static var opsets: ClosedRange<Int> { 6...21 }
    static var inputCount: ClosedRange<Int> { 2...2 }

    init(_ node: inout AttributeReader) {}

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0)
        let repeats = try inputs.integers(1)
        guard repeats.count == type.rank else {
            throw .shape("\(repeats.count) repetitions for an input of rank \(type.rank)")
        }
        var shape: [Int] = []
        for (size, count) in zip(type.shape, repeats) {
            let (product, overflow) = size.multipliedReportingOverflow(by: count)
            if overflow || count < 0 { throw .shape("\(count) repetitions of \(size)") }
            shape.append(product)
        }
        return [ValueFacts(try TensorType(type.element, shape))]
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        if output.count == 0 { return }
        // Each axis is two: the repetition, which does not move the source, and the place within it.
        var sizes: [Int] = [], strides: [Int] = []
        var stride = 1
        for (size, total) in zip(input.shape, output.shape).reversed() {
            sizes.insert(contentsOf: [total / size, size], at: 0)
            strides.insert(contentsOf: [0, stride], at: 0)
            stride *= size
        }
        copy(StridedWalk(sizes: sizes, strides: strides), from: input, to: output, workers: run.workers)
    }
}
