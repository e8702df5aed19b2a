import NetworkKernels

/// A product of few rows with a constant matrix `[columns, depth]`, which is read as the model has it: every weight is
/// needed once or a few times, so packing it would only double the memory. `y = scale · x · Bᵀ + bias`.
struct RowProduct: Computation {
    private let matrix: Tensor
    private let scale: Float
    private let bias: PaddedChannels?

    /// The most rows that are computed so.
    static let mostRows = 4

    init(_ matrix: Tensor, scale: Float, bias: [Float]?) {
        self.matrix = matrix.resident
        self.scale = scale
        self.bias = bias.map { PaddedChannels($0) }
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        (outputs[0]?.count ?? 0) * matrix.shape[1]
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output(), columns = matrix.shape[0], depth = matrix.shape[1]
        guard output.count > 0 else { return }
        let rows = output.count / columns, x = input.floats.baseAddress!, y = output.floats.baseAddress!
        matrix.withElements(of: Float.self) { elements in
            let weights = elements.baseAddress!
            let perPiece = max(8, (parallelThreshold * 2 / depth + 3) / 4 * 4)
            run.workers.forEachRange(of: columns, length: perPiece) { range in
                for row in 0..<rows {
                    loops.dots(
                        x + row * depth, weights, depth: depth, rows: range, scale: scale, bias: bias?.pointer,
                        to: y + row * columns)
                }
            }
        }
    }
}
