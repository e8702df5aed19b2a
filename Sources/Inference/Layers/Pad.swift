import ONNX

/// The input with more elements around it; negative pads take elements away.
///
/// - Pads: beginnings, then ends; an attribute before operator set 11, input 1 since. Input 2 is the value that is
///   filled in, 0 by default (attribute `value` before). Input 3, since operator set 18, names the axes that the pads
///   are for.
/// - `mode`: `constant`; `reflect`, mirrored without repeating the edge; `edge`, the nearest element; `wrap`, the
///   input repeated.
struct Pad: Layer {
    static var opsets: ClosedRange<Int> { 2...21 }
    static var inputCount: ClosedRange<Int> { 1...4 }

    enum Mode: String, CaseIterable { case constant, reflect, edge, wrap }

    private let mode: Mode
    private let attribute: [Int]?
    private let value: Float

    init(_ node: inout AttributeReader) throws(LayerError) {
        mode = try node.choice("mode", default: .constant)
        if node.opset < 11 {
            guard let pads = try node.integers("pads") else { throw .attribute("pads", "is missing") }
            attribute = pads
            value = try node.float("value", default: 0)
        } else {
            attribute = nil
            value = 0
        }
    }

    private func pads(_ inputs: LayerInputs) throws(LayerError) -> [(begin: Int, end: Int)] {
        let input = try inputs.type(0)
        let pads = if let attribute { attribute } else { try inputs.integers(1) }
        let axes =
            inputs.has(3) ? try normalized(axes: try inputs.integers(3), rank: input.rank) : Array(0..<input.rank)
        guard pads.count == 2 * axes.count else {
            throw .shape("\(pads.count) pads for \(axes.count) axes, which take \(2 * axes.count)")
        }
        if let pad = pads.first(where: { abs($0 == .min ? .max : $0) > 1 << 30 }) { throw .shape("a pad of \(pad)") }
        var result = input.shape.map { _ in (begin: 0, end: 0) }
        for (index, axis) in axes.enumerated() { result[axis] = (pads[index], pads[axes.count + index]) }
        for (axis, pad) in result.enumerated() where mode != .constant && input.shape[axis] == 0 && pad != (0, 0) {
            throw .shape("there is nothing to fill axis \(axis) of shape \(input.shape) with")
        }
        return result
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.type(0)
        if let value = inputs.optional(2), value.element != input.element || value.count != 1 {
            throw .type("input 2 is \(value); it must be one \(input.element)")
        }
        var shape: [Int] = []
        for (size, pad) in zip(input.shape, try pads(inputs)) { shape.append(size + pad.begin + pad.end) }
        return [ValueFacts(try TensorType(input.element, shape))]
    }

    /// Where the element at an output place comes from; −1 where it is filled in.
    private func source(_ place: Int, size: Int) -> Int {
        if place >= 0, place < size { return place }
        func modulo(_ value: Int, _ period: Int) -> Int { (value % period + period) % period }
        switch mode {
        case .constant: return -1
        case .edge: return place < 0 ? 0 : size - 1
        case .wrap: return modulo(place, size)
        case .reflect:
            if size == 1 { return 0 }
            let folded = modulo(place, 2 * (size - 1))
            return folded < size ? folded : 2 * (size - 1) - folded
        }
    }

    func reach(_ inputs: ReachInputs) -> Reach? {
        // What is repeated from the other side lies beyond every tile.
        guard mode != .wrap, let reach = inputs.only(), let pads = try? pads(inputs.inputs) else { return nil }
        func axis(_ reach: AxisReach, _ pad: Int) -> AxisReach {
            reach.window(stride: 1, first: Double(-pad), last: Double(-pad))
        }
        return Reach(rows: axis(reach.rows, pads[2].begin), columns: axis(reach.columns, pads[3].begin))
    }

    /// The same on blocked planes; nil where the pads or the value are known only in a run, or channels are added.
    func blocked(_ inputs: LayerInputs) -> BlockedPadComputation? {
        guard let pads = try? pads(inputs), let shape = inputs.optional(0)?.shape, shape.count == 4, pads[0] == (0, 0),
            pads[1] == (0, 0)
        else { return nil }
        var fill = value
        if inputs.has(2) {
            guard let constant = try? inputs.constant(2), constant.element == .float32 else { return nil }
            fill = constant.array(of: Float.self)[0]
        }
        func sources(_ axis: Int) -> [Int] {
            (0..<shape[axis] + pads[axis].begin + pads[axis].end).map {
                source($0 - pads[axis].begin, size: shape[axis])
            }
        }
        return BlockedPadComputation(rows: sources(2), columns: sources(3), fill: fill)
    }

    func run(_ run: LayerRun) throws(LayerError) {
        let pads = try pads(LayerInputs(run))
        switch run.output().element.byteCount {
        case 8: pad(run, pads, UInt64.self)
        case 4: pad(run, pads, UInt32.self)
        default: pad(run, pads, UInt8.self)
        }
    }

    private func pad<Element: BitwiseCopyable & ExpressibleByIntegerLiteral>(
        _ run: LayerRun, _ pads: [(begin: Int, end: Int)], _: Element.Type
    ) {
        let input = run.input(0), output = run.output()
        if output.count == 0 { return }
        var fill: Element = 0
        if let value = run.optional(2) {
            fill = value.base.assumingMemoryBound(to: Element.self)[0]
        } else if value != 0, input.element == .float32 {
            fill = withUnsafeBytes(of: value) { $0.loadUnaligned(as: Element.self) }
        }
        let from = input.base.assumingMemoryBound(to: Element.self)
        let to = output.base.assumingMemoryBound(to: Element.self)
        let sources = zip(pads, zip(input.shape, output.shape)).map { pad, sizes in
            (0..<sizes.1).map { source($0 - pad.begin, size: sizes.0) }
        }
        guard let columns = sources.last, let width = input.shape.last else {
            to[0] = from[0]
            return
        }
        let begin = pads[pads.count - 1].begin
        let first = min(max(0, begin), columns.count)
        let last = max(first, min(columns.count, begin + width))
        let rows = output.count / columns.count
        run.workers.forEachRange(of: rows, length: max(1, parallelThreshold / columns.count)) { range in
            for row in range {
                let target = to + row * columns.count
                var rest = row, offset = 0, stride = width
                for axis in sources.indices.dropLast().reversed() {
                    let place = sources[axis][rest % output.shape[axis]]
                    if place < 0 { offset = -1 }
                    if offset >= 0 { offset += place * stride }
                    rest /= output.shape[axis]
                    stride *= input.shape[axis]
                }
                if offset < 0 {
                    target.update(repeating: fill, count: columns.count)
                    continue
                }
                let source = from + offset
                if first < last { (target + first).update(from: source + (first - begin), count: last - first) }
                for x in 0..<first { target[x] = columns[x] < 0 ? fill : source[columns[x]] }
                for x in last..<columns.count { target[x] = columns[x] < 0 ? fill : source[columns[x]] }
            }
        }
    }
}
