import ONNX

/// `y[i] = start + i · delta` up to, and without, `limit`.
///
/// - Inputs: start, limit and delta, one element each, float32, int64 or int32 alike.
/// - Errors: delta 0.
struct RangeLayer: Layer {
    static var operatorName: String { "Range" }
    static var opsets: ClosedRange<Int> { 11...21 }
    static var inputCount: ClosedRange<Int> { 3...3 }

    init(_ node: inout AttributeReader) {}

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0, .float32, .int64, .int32)
        var values: [Double] = []
        for index in 0..<3 {
            let constant = try inputs.constant(index)
            guard constant.count == 1, constant.element == type.element else {
                throw .type("input \(index) is \(constant.type); it must be one \(type.element)")
            }
            values.append(constant.doubles[0])
        }
        if values[2] == 0 { throw .data("delta is 0") }
        let count = max(0, ((values[1] - values[0]) / values[2]).rounded(.up))
        guard count < 0x1p46 else { throw .shape("a range of \(count) elements") }
        return [ValueFacts(try TensorType(type.element, [Int(count)]))]
    }

    func run(_ run: LayerRun) {
        let output = run.output()
        if output.element == .float32 {
            let start = run.input(0).floats[0], delta = run.input(2).floats[0]
            for index in 0..<output.count { output.floats[index] = start + Float(index) * delta }
        } else {
            let start = run.input(0).integer(at: 0), delta = run.input(2).integer(at: 0)
            for index in 0..<output.count { output.setInteger(start &+ index &* delta, at: index) }
        }
    }
}
