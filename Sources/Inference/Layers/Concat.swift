import ONNX

/// The inputs one after the other along an axis.
///
/// - Shapes: alike but for that axis.
/// - `axis`: negative ones count from the end; before operator set 4 it is 1 by default.
struct Concat: Layer {
    static var inputCount: ClosedRange<Int> { 1...4096 }
    let axis: Int

    init(_ node: inout AttributeReader) throws(LayerError) {
        guard let axis = try node.integer("axis") ?? (node.opset < 4 ? 1 : nil) else {
            throw .attribute("axis", "is missing")
        }
        self.axis = axis
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let first = try inputs.type(0)
        let axis = try normalized(axis: axis, rank: first.rank)
        var shape = first.shape
        for index in 1..<max(1, inputs.count) {
            let type = try inputs.type(index)
            var fitting = type.shape
            if axis < fitting.count { fitting[axis] = first.shape[axis] }
            guard fitting == first.shape, type.element == first.element else {
                throw .shape("\(type) does not fit \(first) but for axis \(axis)")
            }
            shape[axis] += type.shape[axis]
        }
        return [ValueFacts(try TensorType(first.element, shape))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? { axis == 1 || axis == -3 ? inputs.samePlace() : nil }

    func run(_ run: LayerRun) {
        let output = run.output()
        let axis = axis < 0 ? axis + output.shape.count : axis
        let size = output.element.byteCount
        let rowBytes = output.type.count(from: axis) * size
        let rows = output.type.count(before: axis)
        var place = 0
        for input in run.inputs {
            guard let input else { continue }
            let bytes = input.type.count(from: axis) * size
            let begin = output.base + place
            run.workers.forEachRange(of: rows, length: max(1, 4 * parallelThreshold / max(1, bytes))) { range in
                for row in range {
                    (begin + row * rowBytes).copyMemory(from: input.base + row * bytes, byteCount: bytes)
                }
            }
            place += bytes
        }
    }
}
