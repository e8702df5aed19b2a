import ONNX

/// The upper or the lower triangle of matrices; beyond it is 0.
///
/// `y[…, i, j] = x[…, i, j]` where `j ≥ i + k` (`upper` 1, the default) or `j ≤ i + k` (0).
///
/// - Input 1, which may be left out: k, one number, int64, by default 0.
/// - Types: any.
struct Trilu: Layer {
    static var opsets: ClosedRange<Int> { 14...21 }
    static var inputCount: ClosedRange<Int> { 1...2 }
    private let isUpper: Bool

    init(_ node: inout AttributeReader) throws(LayerError) { isUpper = try node.flag("upper", default: true) }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let type = try inputs.type(0)
        guard type.rank >= 2 else { throw .shape("a matrix has two axes, not \(type.rank)") }
        if inputs.has(1) {
            guard try inputs.type(1, .int64).count == 1 else { throw .inputs("k is one number") }
        }
        return [ValueFacts(type)]
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let given = run.inputs.count > 1 ? run.inputs[1]?.integer(at: 0) ?? 0 : 0
        let k = min(max(given, -1 << 32), 1 << 32)
        let bytes = input.element.byteCount
        let columns = input.shape[input.shape.count - 1], rows = input.shape[input.shape.count - 2]
        if input.count == 0 { return }
        for row in 0..<input.count / columns {
            // The first column of the upper triangle, or the one behind the last of the lower.
            let edge = min(max(row % rows + k + (isUpper ? 0 : 1), 0), columns)
            let kept = isUpper ? edge..<columns : 0..<edge
            let start = row * columns * bytes
            (output.base + start).initializeMemory(as: UInt8.self, repeating: 0, count: columns * bytes)
            (output.base + start + kept.lowerBound * bytes).copyMemory(
                from: input.base + start + kept.lowerBound * bytes, byteCount: kept.count * bytes)
        }
    }
}
