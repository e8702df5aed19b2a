import ONNX

/// An element-by-element layer that also takes whole numbers.
protocol NumericElementwiseLayer: ElementwiseLayer {
    /// The result wraps around where the element type is too narrow for it.
    func integer(_ value: Int) -> Int
}

extension NumericElementwiseLayer {
    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        [ValueFacts(try inputs.type(0, .float32, .int64, .int32, .uint8, .int8))]
    }

    func run(_ run: LayerRun) {
        if run.input(0).element == .float32 {
            floats(run)
        } else {
            let input = run.input(0), output = run.output()
            for index in 0..<input.count { output.setInteger(integer(input.integer(at: index)), at: index) }
        }
    }
}
