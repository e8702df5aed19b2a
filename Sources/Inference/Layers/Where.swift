import ONNX

/// Element by element the second input where the first is true, otherwise the third.
///
/// - Shapes: broadcast.
/// - Types: bool, then any two alike.
struct Where: Layer {
    static var opsets: ClosedRange<Int> { 9...21 }
    static var inputCount: ClosedRange<Int> { 3...3 }

    init(_ node: inout AttributeReader) {}

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let condition = try inputs.type(0, .bool), a = try inputs.type(1), b = try inputs.type(2)
        guard a.element == b.element else { throw .type("inputs are \(a.element) and \(b.element)") }
        return [ValueFacts(try TensorType(a.element, broadcast([condition.shape, a.shape, b.shape])))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? { inputs.samePlace() }

    func run(_ run: LayerRun) {
        switch run.output().element.byteCount {
        case 8: choose(run, UInt64.self)
        case 4: choose(run, UInt32.self)
        default: choose(run, UInt8.self)
        }
    }

    private func choose<Element: BitwiseCopyable>(_ run: LayerRun, _: Element.Type) {
        let output = run.output()
        if output.count == 0 { return }
        let rows = BroadcastRows([run.input(0).shape, run.input(1).shape, run.input(2).shape], to: output.shape)
        let flags = run.input(0).flags
        let a = run.input(1).base.assumingMemoryBound(to: Element.self)
        let b = run.input(2).base.assumingMemoryBound(to: Element.self)
        let out = output.base.assumingMemoryBound(to: Element.self)
        for row in 0..<rows.rowCount {
            let c = rows.offset(ofRow: row, input: 0), i = rows.offset(ofRow: row, input: 1)
            let j = rows.offset(ofRow: row, input: 2)
            for k in 0..<rows.rowLength {
                out[row * rows.rowLength + k] =
                    flags[c + k * rows.steps[0]] != 0 ? a[i + k * rows.steps[1]] : b[j + k * rows.steps[2]]
            }
        }
    }
}
