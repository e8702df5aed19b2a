import NetworkKernels
import ONNX

/// The axes that a reduction runs over: an attribute in older operator sets, an input in newer ones.
struct ReductionAxes {
    /// Nil where an input states them or all axes are meant.
    private let attribute: [Int]?
    private let keepsDimensions: Bool
    private let emptyMeansNone: Bool

    /// - Parameter inputSince: the operator set from which on the axes are an input.
    init(_ node: inout AttributeReader, inputSince: Int) throws(LayerError) {
        attribute = node.opset < inputSince ? try node.integers("axes") : nil
        keepsDimensions = try node.flag("keepdims", default: true)
        emptyMeansNone = node.opset >= inputSince ? try node.flag("noop_with_empty_axes", default: false) : false
    }

    func resolved(for inputs: LayerInputs) throws(LayerError) -> (axes: [Int], output: [Int]) {
        let input = try inputs.type(0)
        var axes = attribute ?? []
        if inputs.has(1) { axes = try inputs.integers(1) }
        if axes.isEmpty, !emptyMeansNone { axes = Array(0..<input.rank) }
        axes = try normalized(axes: axes, rank: input.rank).sorted()
        var output: [Int] = []
        for (axis, size) in input.shape.enumerated() {
            if !axes.contains(axis) { output.append(size) } else if keepsDimensions { output.append(1) }
        }
        return (axes, output)
    }
}

/// A layer that folds a tensor over some of its axes.
protocol ReductionLayer: Layer {
    /// The first operator set in which the axes are an input.
    static var axesInputSince: Int { get }
    var axes: ReductionAxes { get }
    /// The value of one run of float32.
    static func reduce(_ run: UnsafePointer<Float>, count: Int) -> Float
    /// The value of one run of whole numbers: by default that of the same numbers as floating-point ones, cut off.
    static func reduce(_ run: [Int64]) -> Int64
}

extension ReductionLayer {
    static var axesInputSince: Int { 18 }
    static var inputCount: ClosedRange<Int> { 1...2 }

    static func reduce(_ run: [Int64]) -> Int64 {
        let value = run.map { Float($0) }.withUnsafeBufferPointer { numbers in
            numbers.baseAddress.map { reduce($0, count: numbers.count) } ?? 0
        }
        return Int64(exactly: value.rounded(.towardZero)) ?? (value > 0 ? .max : .min)
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.type(0)
        guard input.element == .float32 || input.element.isInteger else {
            throw .type("input 0 is \(input.element), which \(Self.operatorName) is not supported for")
        }
        return [ValueFacts(try TensorType(input.element, try axes.resolved(for: inputs).output))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? {
        (try? axes.resolved(for: inputs.inputs))?.axes == [1] ? inputs.alongChannels(1) : nil
    }

    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        // The input once more, with the reduced axes last.
        inputs[0]?.element == .float32 ? inputs[0]!.byteCount : 0
    }

    func run(_ run: LayerRun) throws(LayerError) {
        let input = run.input(0), output = run.output()
        let axes = try axes.resolved(for: LayerInputs(run)).axes
        let kept = input.shape.indices.filter { !axes.contains($0) }
        let walk = StridedWalk(shape: input.shape, order: kept + axes)
        let length = axes.map { input.shape[$0] }.reduce(1, *)
        if input.element == .float32 {
            let source = input.floats, target = output.floats
            guard let from = source.baseAddress, let to = target.baseAddress else { return }
            // Where the reduced axes are the last ones, the runs already lie together.
            var runs = UnsafePointer(from)
            if axes != Array(kept.count..<input.shape.count) {
                let moved = run.scratch.assumingMemoryBound(to: Float.self)
                walk.forEachRow { place, offset, step, count in
                    for k in 0..<count { moved[place + k] = from[offset + k * step] }
                }
                runs = UnsafePointer(moved)
            }
            let perPiece = max(1, parallelThreshold / max(1, length))
            run.workers.forEachRange(of: target.count, length: perPiece) { range in
                for index in range { to[index] = Self.reduce(runs + index * length, count: length) }
            }
        } else {
            var values: [Int64] = []
            values.reserveCapacity(input.count)
            walk.forEachRow { _, offset, step, count in
                for k in 0..<count { values.append(Int64(input.integer(at: offset + k * step))) }
            }
            for index in 0..<output.count {
                let value = Self.reduce(Array(values[index * length..<(index + 1) * length]))
                output.setInteger(Int(value), at: index)
            }
        }
    }
}

extension LayerInputs {
    /// The inputs of a run, all values known.
    init(_ run: LayerRun) {
        facts = run.inputs.map { view in
            guard let view else { return nil }
            // Only small inputs state shapes; copying the large ones would cost more than the layer.
            guard view.count <= 4096 else { return ValueFacts(view.type) }
            return ValueFacts(Tensor(copying: view))
        }
    }
}
