import Glibc
import ONNX

/// The remainder of a division: with the divisor's sign, or with the dividend's when `fmod` is 1.
///
/// - Shapes: broadcast.
/// - Types: whole numbers, and float32 with `fmod` 1; both inputs alike.
/// - Errors: a whole number divided by zero.
struct Mod: Layer {
    static var opsets: ClosedRange<Int> { 10...21 }
    static var inputCount: ClosedRange<Int> { 2...2 }
    let takesDividendSign: Bool

    init(_ node: inout AttributeReader) throws(LayerError) {
        takesDividendSign = try node.flag("fmod", default: false)
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let a = try inputs.type(0, .float32, .int64, .int32, .uint8, .int8), b = try inputs.type(1)
        guard a.element == b.element else { throw .type("inputs are \(a.element) and \(b.element)") }
        if a.element == .float32, !takesDividendSign { throw .attribute("fmod", "must be 1 for float32") }
        return [ValueFacts(try TensorType(a.element, broadcast([a.shape, b.shape])))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.samePlace() }

    func run(_ run: LayerRun) throws(LayerError) {
        let a = run.input(0), b = run.input(1), output = run.output()
        if a.element == .float32 {
            let left = a.floats, right = b.floats, remainders = output.floats
            forEachPair(a, b, output) { remainders[$0] = fmodf(left[$1], right[$2]) }
            return
        }
        try forEachPairOfIntegers(a, b, output) { a, b throws(LayerError) in
            if b == 0 { throw .data("the remainder of \(a) by zero") }
            let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
            if !takesDividendSign, rest != 0, (rest < 0) != (b < 0) { return rest &+ b }
            return rest
        }
    }
}
