import ONNX

/// A part of the input: along each named axis the places start, start + step, … before end.
///
/// - Starts, ends, axes (all by default), steps (1 by default): attributes before operator set 10, inputs 1 to 4
///   since. Negative places count from the end; places beyond the ends stop there.
/// - Errors: a step of 0.
struct SliceLayer: PartLayer {
    static var operatorName: String { "Slice" }
    static var inputCount: ClosedRange<Int> { 1...5 }
    private let attributes: (starts: [Int], ends: [Int], axes: [Int]?)?

    init(_ node: inout AttributeReader) throws(LayerError) {
        if node.opset < 10 {
            guard let starts = try node.integers("starts"), let ends = try node.integers("ends") else {
                throw .attribute("starts", "or \"ends\" is missing")
            }
            attributes = (starts, ends, try node.integers("axes"))
        } else {
            attributes = nil
        }
    }

    private struct Cut {
        var start: Int
        var step: Int
        var count: Int

        func isWhole(_ size: Int) -> Bool { count == size && step == 1 }
    }

    private func cuts(_ inputs: LayerInputs) throws(LayerError) -> [Cut] {
        let shape = try inputs.type(0).shape
        let starts: [Int], ends: [Int], axes: [Int]?
        var steps: [Int]?
        if let attributes {
            (starts, ends, axes) = attributes
        } else {
            starts = try inputs.integers(1)
            ends = try inputs.integers(2)
            axes = inputs.has(3) ? try inputs.integers(3) : nil
            steps = inputs.has(4) ? try inputs.integers(4) : nil
        }
        let places = try normalized(axes: axes ?? Array(0..<starts.count), rank: shape.count)
        guard ends.count == starts.count, places.count == starts.count, (steps ?? starts).count == starts.count else {
            throw .shape("\(starts.count) starts, \(ends.count) ends, \(places.count) axes, \(steps?.count ?? 0) steps")
        }
        var cuts = shape.map { Cut(start: 0, step: 1, count: $0) }
        for (index, axis) in places.enumerated() {
            let size = shape[axis], step = steps?[index] ?? 1
            if step == 0 || step == .min { throw .shape("a step of \(step)") }
            func place(_ value: Int, _ low: Int, _ high: Int) -> Int {
                min(max(value < 0 ? max(value, -size - 1) + size : value, low), high)
            }
            let start = step > 0 ? place(starts[index], 0, size) : place(starts[index], 0, size - 1)
            let end = step > 0 ? place(ends[index], 0, size) : place(ends[index], -1, size - 1)
            let length = step > 0 ? end - start : start - end
            let count = length > 0 ? (length - 1) / abs(step) + 1 : 0
            cuts[axis] = Cut(start: start, step: step, count: count)
        }
        return cuts
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        [ValueFacts(try TensorType(try inputs.type(0).element, try cuts(inputs).map(\.count)))]
    }

    /// The channels that are taken, if that is all that is cut.
    func channels(_ inputs: LayerInputs) -> Range<Int>? {
        guard let shape = inputs.optional(0)?.shape, shape.count == 4, let cuts = try? cuts(inputs) else { return nil }
        for axis in [0, 2, 3] where !cuts[axis].isWhole(shape[axis]) { return nil }
        guard cuts[1].step == 1, cuts[1].count > 0 else { return nil }
        return cuts[1].start..<cuts[1].start + cuts[1].count
    }

    func firstElement(_ inputs: LayerInputs) -> Int? {
        guard let shape = inputs.optional(0)?.shape, let cuts = try? cuts(inputs),
            let axis = cuts.firstIndex(where: { $0.count != 1 }) ?? cuts.indices.last,
            cuts[axis].step == 1 || cuts[axis].count == 1
        else { return nil }
        // Behind the first axis that is more than one place, all places have to be taken.
        for behind in cuts.indices[(axis + 1)...] where !cuts[behind].isWhole(shape[behind]) { return nil }
        return zip(cuts, shape).reduce(0) { $0 * $1.1 + $1.0.start }
    }

    func reach(_ inputs: ReachInputs) -> Reach? {
        guard let reach = inputs.only(), let cuts = try? cuts(inputs.inputs), cuts[2].step > 0, cuts[3].step > 0 else {
            return nil
        }
        func axis(_ reach: AxisReach, _ cut: Cut) -> AxisReach {
            reach.window(stride: Double(cut.step), first: Double(cut.start), last: Double(cut.start))
        }
        return Reach(rows: axis(reach.rows, cuts[2]), columns: axis(reach.columns, cuts[3]))
    }

    func run(_ run: LayerRun) throws(LayerError) {
        let input = run.input(0), output = run.output()
        if output.count == 0 { return }
        var base = 0
        var strides: [Int] = []
        var stride = 1
        for (cut, size) in zip(try cuts(LayerInputs(run)), input.shape).reversed() {
            base += cut.start * stride
            // A step along an axis of one element is never taken and may be too large to multiply.
            strides.insert(cut.count <= 1 ? 0 : cut.step * stride, at: 0)
            stride *= size
        }
        let walk = StridedWalk(sizes: output.shape, strides: strides)
        copy(walk, from: input, at: base, to: output, workers: run.workers)
    }
}
