import NetworkKernels
import ONNX

/// `Y = alpha · A · B + beta · C` for matrices.
///
/// - Shapes: A `[M, K]` (or `[K, M]` with `transA`), B `[K, N]` (or `[N, K]` with `transB`), C broadcasts to
///   `[M, N]` and may be left out.
/// - `alpha`, `beta`: by default 1.
/// - Types: float32.
struct Gemm: Layer {
    static var inputCount: ClosedRange<Int> { 2...3 }
    let alpha: Float
    let beta: Float
    let transposesA: Bool
    let transposesB: Bool

    init(_ node: inout AttributeReader) throws(LayerError) {
        alpha = try node.float("alpha", default: 1)
        beta = try node.float("beta", default: 1)
        transposesA = try node.flag("transA", default: false)
        transposesB = try node.flag("transB", default: false)
        // Broadcasting had to be asked for before operator set 7; where it is not, the shapes are equal.
        if node.opset < 7 { node.ignore("broadcast") }
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let a = try inputs.type(0, .float32), b = try inputs.type(1, .float32)
        guard a.rank == 2, b.rank == 2 else { throw .shape("matrices of shapes \(a.shape) and \(b.shape)") }
        let rows = a.shape[transposesA ? 1 : 0], columns = b.shape[transposesB ? 0 : 1]
        guard a.shape[transposesA ? 0 : 1] == b.shape[transposesB ? 1 : 0] else {
            throw .shape("matrices of shapes \(a.shape) and \(b.shape) do not fit")
        }
        if inputs.has(2) {
            let c = try inputs.type(2, .float32)
            guard try broadcast([c.shape, [rows, columns]]) == [rows, columns] else {
                throw .shape("C of shape \(c.shape) for a product of shape \([rows, columns])")
            }
        }
        return [ValueFacts(try TensorType(.float32, [rows, columns]))]
    }

    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        guard let b = inputs[1], b.rank == 2 else { return 0 }
        let depth = b.shape[transposesB ? 1 : 0], columns = b.shape[transposesB ? 0 : 1]
        return 4 * MatrixProduct.packedCount(depth: depth, columns: columns)
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        (outputs[0]?.count ?? 0) * (inputs[1]?.shape[transposesB ? 1 : 0] ?? 0)
    }

    func run(_ run: LayerRun) {
        let a = run.input(0), b = run.input(1), output = run.output()
        guard output.count > 0 else { return }
        let rows = output.shape[0], columns = output.shape[1], depth = a.shape[transposesA ? 0 : 1]
        let packed = run.scratch.assumingMemoryBound(to: Float.self)
        let target = output.floats.baseAddress!
        if depth > 0 {
            MatrixProduct.pack(
                b.floats.baseAddress!, rowStride: transposesB ? 1 : columns, columnStride: transposesB ? depth : 1,
                depth: depth, columns: columns, to: packed)
        }
        let product = PiecewiseProduct(rows: rows, depth: depth, columns: columns)
        run.workers.forEach(product.count) { piece in
            product.run(
                piece, a.floats.baseAddress ?? target, rowStride: transposesA ? 1 : depth,
                columnStride: transposesA ? rows : 1, packed: packed, to: target)
        }
        if alpha != 1 { loops.affine(target, to: target, count: output.count, scale: alpha, shift: 0) }
        guard let c = run.optional(2), beta != 0 else { return }
        let places = BroadcastRows([c.shape], to: output.shape)
        let bias = c.floats
        for row in 0..<places.rowCount {
            let from = places.offset(ofRow: row, input: 0)
            for i in 0..<places.rowLength {
                target[row * places.rowLength + i] += beta * bias[from + i * places.steps[0]]
            }
        }
    }
}
