import NetworkKernels
import ONNX

/// A layer that folds any number of tensors into one, element by element, with broadcasting.
protocol VariadicLayer: Layer {
    static var function: BinaryFunction { get }
    static func combine(_ a: Int, _ b: Int) -> Int
    /// What is done to the folded value of `count` inputs.
    static func finish(_ value: Float, count: Int) -> Float
}

extension VariadicLayer {
    static var inputCount: ClosedRange<Int> { 1...4096 }
    static func finish(_ value: Float, count: Int) -> Float { value }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.samePlace() }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let first = try inputs.type(0, .float32, .int64, .int32, .uint8, .int8)
        var shapes: [[Int]] = []
        for index in 0..<inputs.count {
            let type = try inputs.type(index)
            guard type.element == first.element else { throw .type("inputs are \(first.element) and \(type.element)") }
            shapes.append(type.shape)
        }
        return [ValueFacts(try TensorType(first.element, broadcast(shapes)))]
    }

    func run(_ run: LayerRun) {
        if run.output().element == .float32 { floats(run) } else { integers(run) }
    }

    private func floats(_ run: LayerRun) {
        let output = run.output()
        guard let target = output.floats.baseAddress, output.count > 0 else { return }
        for index in run.inputs.indices {
            let input = run.input(index)
            let rows = BroadcastRows([output.shape, input.shape], to: output.shape)
            let source = UnsafePointer(input.floats.baseAddress!)
            for row in 0..<rows.rowCount {
                let out = target + row * rows.rowLength
                let from = source + rows.offset(ofRow: row, input: 1)
                if index == 0 {
                    for k in 0..<rows.rowLength { out[k] = from[k * rows.steps[1]] }
                } else {
                    loops.apply(
                        Self.function, out, step: rows.rowLength == 1 ? 0 : 1, from, step: rows.steps[1], to: out,
                        count: rows.rowLength)
                }
            }
        }
        for k in 0..<output.count { target[k] = Self.finish(target[k], count: run.inputs.count) }
    }

    private func integers(_ run: LayerRun) {
        let output = run.output()
        for index in run.inputs.indices {
            let input = run.input(index)
            forEachPair(output, input, output) { place, i, j in
                let value = input.integer(at: j)
                output.setInteger(index == 0 ? value : Self.combine(output.integer(at: i), value), at: place)
            }
        }
    }
}
