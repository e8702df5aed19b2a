import Glibc
import NetworkKernels
import ONNX

/// `y = aᵇ`
///
/// - Shapes: broadcast.
/// - Types: float32, int64 and int32, not necessarily alike; the output has the first input's type. Whole numbers go
///   through float64.
struct Pow: Layer {
    static var inputCount: ClosedRange<Int> { 2...2 }

    init(_ node: inout AttributeReader) {
        if node.opset < 7 { node.ignore("broadcast") }
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let a = try inputs.type(0, .float32, .int64, .int32), b = try inputs.type(1, .float32, .int64, .int32)
        return [ValueFacts(try TensorType(a.element, broadcast([a.shape, b.shape])))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.samePlace() }

    func run(_ run: LayerRun) {
        let a = run.input(0), b = run.input(1), output = run.output()
        if a.element == .float32, b.element == .float32 { return apply(.power, run) }
        forEachPair(a, b, output) { place, i, j in
            let value = pow(a.double(at: i), b.double(at: j))
            if output.element == .float32 {
                output.floats[place] = Float(value)
            } else {
                output.setInteger(saturated(value), at: place)
            }
        }
    }
}

/// The whole number nearest towards zero; the type's bounds beyond it, 0 for what is not a number.
func saturated<Number: FixedWidthInteger>(_ value: Double) -> Number {
    if value.isNaN { return 0 }
    return Number(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
}
