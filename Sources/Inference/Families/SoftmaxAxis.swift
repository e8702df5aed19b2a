/// What Softmax and LogSoftmax share: runs along an axis that are normalised each for itself.
///
/// Before operator set 13 all axes from `axis` on (1 by default) form one run; since, `axis` (−1 by default) alone does.
struct SoftmaxAxis {
    private let axis: Int
    private let flattens: Bool

    init(_ node: inout AttributeReader) throws(LayerError) {
        flattens = node.opset < 13
        axis = try node.integer("axis") ?? (flattens ? 1 : -1)
    }

    func checked(_ type: TensorType) throws(LayerError) -> TensorType {
        if !(flattens && axis == type.rank) { _ = try normalized(axis: axis, rank: type.rank) }
        return type
    }

    /// How many runs there are and how long they are, where each lies together; nil for others, and for no elements.
    func neighbouringRuns(_ type: TensorType) -> (rows: Int, count: Int)? {
        let axis = axis < 0 ? axis + type.rank : axis
        let length = flattens ? type.count(from: axis) : type.shape[axis]
        guard type.count > 0, flattens || type.count(from: axis + 1) == 1 else { return nil }
        return (type.count / length, length)
    }

    /// Calls `body` for every run, which lies together in both pointers; a run along another axis than the last one
    /// is copied together first.
    func forEachRun(
        _ run: LayerRun, _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
    ) {
        let input = run.input(0)
        guard input.count > 0 else { return }
        let rank = input.shape.count
        let axis = axis < 0 ? axis + rank : axis
        let length = flattens ? input.type.count(from: axis) : input.shape[axis]
        let inner = flattens ? 1 : input.type.count(from: axis + 1)
        let runs = input.count / length
        let source = input.floats.baseAddress!, target = run.output().floats.baseAddress!
        if inner == 1 {
            // An element takes an exponential.
            run.workers.forEachRange(of: runs, length: max(1, parallelThreshold / (4 * length))) { range in
                for index in range { body(source + index * length, target + index * length, length) }
            }
            return
        }
        run.workers.forEachRange(of: runs, length: max(1, parallelThreshold / length)) { range in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: length) { buffer in
                let line = buffer.baseAddress!
                for index in range {
                    let base = index / inner * inner * length + index % inner
                    for i in 0..<length { line[i] = source[base + i * inner] }
                    body(line, line, length)
                    for i in 0..<length { target[base + i * inner] = line[i] }
                }
            }
        }
    }
}
