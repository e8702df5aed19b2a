import NetworkKernels
import ONNX

/// Products of matrices that stand in the last two axes; the axes before them broadcast.
///
/// - Shapes: `[…, M, K]` and `[…, K, N]` give `[…, M, N]`; a vector is a row on the left and a column on the right,
///   and its axis vanishes from the output.
/// - Types: float32.
struct MatMul: Layer {
    static var inputCount: ClosedRange<Int> { 2...2 }

    init(_ node: inout AttributeReader) {}

    /// The operands as matrices, and the batch axes of the output.
    private func matrices(_ a: TensorType, _ b: TensorType) throws(LayerError) -> (a: [Int], b: [Int], batch: [Int]) {
        guard a.rank >= 1, b.rank >= 1 else { throw .shape("operands of shapes \(a.shape) and \(b.shape)") }
        let left = a.rank == 1 ? [1] + a.shape : a.shape, right = b.rank == 1 ? b.shape + [1] : b.shape
        guard left.last == right[right.count - 2] else {
            throw .shape("matrices of shapes \(a.shape) and \(b.shape) do not fit")
        }
        return (left, right, try broadcast([Array(left.dropLast(2)), Array(right.dropLast(2))]))
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let a = try inputs.type(0, .float32), b = try inputs.type(1, .float32)
        let (left, right, batch) = try matrices(a, b)
        var shape = batch
        if a.rank > 1 { shape.append(left[left.count - 2]) }
        if b.rank > 1 { shape.append(right[right.count - 1]) }
        return [ValueFacts(try TensorType(.float32, shape))]
    }

    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        guard let b = inputs[1], let columns = b.rank == 1 ? 1 : b.shape.last else { return 0 }
        let matrices = b.shape.dropLast(2).reduce(1, *)
        return 4 * matrices
            * MatrixProduct.packedCount(depth: b.rank == 1 ? b.count : b.shape[b.rank - 2], columns: columns)
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        (outputs[0]?.count ?? 0) * (inputs[0]?.shape.last ?? 0)
    }

    func run(_ run: LayerRun) throws(LayerError) {
        let a = run.input(0), b = run.input(1), output = run.output()
        guard output.count > 0 else { return }
        let (left, right, batch) = try matrices(a.type, b.type)
        var rows = left[left.count - 2]
        let depth = left[left.count - 1], columns = right[right.count - 1]
        var batches = BroadcastRows([left, right].map { $0.dropLast(2) + [1, 1] }, to: batch + [1, 1])
        if right.count == 2 || right.dropLast(2).allSatisfy({ $0 == 1 }) {
            // One right matrix for all: the batch only makes the left one taller.
            rows *= batch.reduce(1, *)
            batches = BroadcastRows([[], []], to: [])
        }
        // Where each product's matrices are, in matrices from the first.
        var places: [(left: Int, right: Int)] = []
        for row in 0..<batches.rowCount {
            let left = batches.offset(ofRow: row, input: 0), right = batches.offset(ofRow: row, input: 1)
            for step in 0..<batches.rowLength {
                places.append((left + step * batches.steps[0], right + step * batches.steps[1]))
            }
        }
        let product = PiecewiseProduct(rows: rows, depth: depth, columns: columns)
        let packed = run.scratch.assumingMemoryBound(to: Float.self), target = output.floats.baseAddress!
        let packedCount = MatrixProduct.packedCount(depth: depth, columns: columns)
        if depth > 0 {
            let source = b.floats.baseAddress!
            run.workers.forEachRange(
                of: right.dropLast(2).reduce(1, *), length: max(1, parallelThreshold / packedCount)
            ) { range in
                for index in range {
                    MatrixProduct.pack(
                        source + index * depth * columns, rowStride: columns, columnStride: 1, depth: depth,
                        columns: columns, to: packed + index * packedCount)
                }
            }
        }
        let source = a.floats.baseAddress ?? target
        run.workers.forEach(places.count * product.count) { piece in
            let index = piece / product.count, place = places[index]
            product.run(
                piece % product.count, source + place.left * rows * depth, rowStride: depth, columnStride: 1,
                packed: packed + place.right * packedCount, to: target + index * rows * columns)
        }
    }
}
