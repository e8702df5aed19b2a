import NetworkKernels
import ONNX

/// `y = min(max, max(min, x))`
///
/// - Shapes: any; the output has the input's.
/// - Types: float32 and whole numbers.
/// - `min`, `max`: none by default; attributes before operator set 11, inputs 1 and 2 since. Where `min` exceeds
///   `max`, the result is `max`.
struct Clip: Layer {
    static var inputCount: ClosedRange<Int> { 1...3 }
    let low: Float
    let high: Float

    init(_ node: inout AttributeReader) throws(LayerError) {
        let attributes = node.opset < 11
        low = attributes ? try node.float("min", default: -.infinity) : -.infinity
        high = attributes ? try node.float("max", default: .infinity) : .infinity
        node.ignore("consumed_inputs")
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0, .float32, .int64, .int32, .uint8, .int8)
        for index in 1...2 {
            guard let bound = inputs.optional(index) else { continue }
            guard bound.count == 1, bound.element == type.element else {
                throw .type("input \(index) is \(bound); it must be one \(type.element)")
            }
        }
        return [ValueFacts(type)]
    }

    var inPlaceInput: Int? { 0 }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.only() }

    func run(_ run: LayerRun) {
        if run.input(0).element == .float32 { floats(run) } else { integers(run) }
    }

    private func floats(_ run: LayerRun) {
        let input = run.input(0).floats, output = run.output().floats
        let low = run.optional(1)?.floats[0] ?? low, high = run.optional(2)?.floats[0] ?? high
        guard let from = input.baseAddress, let to = output.baseAddress else { return }
        run.workers.forEachRange(of: input.count, length: parallelThreshold) { range in
            loops.apply(
                .clip(low: low, high: high), from + range.lowerBound, to: to + range.lowerBound, count: range.count)
        }
    }

    private func integers(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let low = run.optional(1)?.integer(at: 0) ?? .min, high = run.optional(2)?.integer(at: 0) ?? .max
        for index in 0..<input.count { output.setInteger(min(high, max(low, input.integer(at: index))), at: index) }
    }
}
