import ONNX

/// A layer that folds each plane into one number.
protocol GlobalPoolingLayer: Layer {
    static func fold(_ plane: UnsafePointer<Float>, count: Int) -> Float
}

extension GlobalPoolingLayer {
    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.spatial(0)
        if input.shape[2...].contains(0) { throw .shape("an empty plane of shape \(input.shape)") }
        let shape = Array(input.shape[..<2]) + [Int](repeating: 1, count: input.rank - 2)
        return [ValueFacts(try TensorType(.float32, shape))]
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        guard output.count > 0 else { return }
        let plane = input.type.count(from: 2)
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        run.workers.forEachRange(of: output.count, length: max(1, parallelThreshold / plane)) { range in
            for index in range { target[index] = Self.fold(source + index * plane, count: plane) }
        }
    }
}
