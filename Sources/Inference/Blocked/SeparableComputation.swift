import NetworkKernels

/// A depthwise convolution and one of single pixels that follows it, strip by strip: what the first one makes of a
/// strip is still in the cache when the second one reads it, and never lies in memory as a whole. Inputs are the
/// blocked planes and the second one's residual.
struct SeparableComputation: Computation {
    private let depthwise: DepthwiseComputation
    private let pointwise: DirectComputation
    private let height: Int
    private let width: Int
    private let blocks: Int
    private let rowsPerStrip: Int

    /// Rows of one strip, if the two are computed so: strips have to be many enough for the threads and small enough
    /// for the second-level cache.
    ///
    /// - Parameter shape: of the depthwise convolution.
    static func rowsPerStrip(_ shape: ConvolutionShape) -> Int? {
        let height = shape.y.output, width = shape.x.output
        let perRow = width * BlockedLayout.blocks(shape.channels) * BlockedLayout.width * 4
        guard height * width >= 400, height >= 8, perRow <= 64 << 10 else { return nil }
        let rows = max(1, min(392 / width, (192 << 10) / perRow, height / 8))
        // An even number of strips, alike as far as that goes.
        let strips = (height + 2 * rows - 1) / (2 * rows) * 2
        return (height + strips - 1) / strips
    }

    init(
        _ depthwise: DepthwiseComputation, _ pointwise: DirectComputation, _ shape: ConvolutionShape, rowsPerStrip: Int
    ) {
        self.depthwise = depthwise
        self.pointwise = pointwise
        self.rowsPerStrip = rowsPerStrip
        height = shape.y.output
        width = shape.x.output
        blocks = BlockedLayout.blocks(shape.channels)
    }

    var pieceScratchByteCount: Int { 4 * blocks * rowsPerStrip * width * BlockedLayout.width }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        depthwise.multiplicationCount(inputs: inputs, outputs: outputs)
            + pointwise.multiplicationCount(inputs: inputs, outputs: outputs)
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let perBlock = input.type.count(from: 2), outputPerImage = output.type.count(from: 1)
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let residual = run.optional(1).map { UnsafePointer($0.floats.baseAddress!) }
        let pieces = (height + rowsPerStrip - 1) / rowsPerStrip, row = width * BlockedLayout.width
        run.workers.forEach(input.shape[0] * pieces) { piece in
            let image = piece / pieces, first = piece % pieces * rowsPerStrip
            let rows = first..<min(height, first + rowsPerStrip)
            run.pool.withMemory { strip in
                for block in 0..<blocks {
                    depthwise.convolve(
                        source + (image * blocks + block) * perBlock, block: block, rows: rows,
                        to: strip + (block * rowsPerStrip - first) * row)
                }
                let place = image * outputPerImage + first * row
                pointwise.convolve(
                    strip, pixels: 0..<rows.count * width, residual: residual.map { $0 + place }, to: target + place)
            }
        }
    }
}
