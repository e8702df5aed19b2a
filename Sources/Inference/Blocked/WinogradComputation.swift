import NetworkKernels

/// 3×3 convolution by Winograd's F(4×4, 3×3); inputs are the blocked planes and the residual.
struct WinogradComputation: Computation {
    private let convolution: WinogradConvolution
    private let weights: TensorStorage
    private let parameters: ConvolutionParameters
    private let multiplications: Int

    init(
        _ unit: ConvolutionUnit, _ shape: ConvolutionShape, _ parameters: ConvolutionParameters, _ cache: PackedWeights
    ) {
        let convolution = shape.winograd
        self.convolution = convolution
        self.parameters = parameters
        multiplications = 9 * shape.channels * shape.outputs * shape.y.output * shape.x.output
        weights = cache.storage(unit.key.map { $0 + " winograd" }, count: convolution.packedCount) { packed in
            let kernels = unit.scaledKernels
            for output in 0..<shape.outputs {
                for input in 0..<shape.channels {
                    kernels.kernel(output, input) {
                        convolution.pack($0, output: output, input: input, to: packed)
                    }
                }
            }
        }
    }

    var pieceScratchByteCount: Int { 4 * (convolution.transformedCount + convolution.sumCount) }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        multiplications * (outputs[0]?.shape[0] ?? 0)
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let perImage = input.type.count(from: 1), outputPerImage = output.type.count(from: 1)
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let residual = run.optional(1).map { UnsafePointer($0.floats.baseAddress!) }
        let length = convolution.tilesPerPiece
        let pieces = (convolution.tiles + length - 1) / length, total = input.shape[0] * pieces
        func compute(_ piece: Int, _ scratch: UnsafeMutablePointer<Float>, _ workers: Workers) {
            let image = piece / pieces, first = piece % pieces * length
            let tiles = first..<min(convolution.tiles, first + length)
            let sums = scratch + convolution.transformedCount
            workers.forEachRange(of: convolution.inputBlocks, length: 1) { blocks in
                loops.transformInputs(
                    convolution, source + image * perImage, tiles: tiles, blocks: blocks, to: scratch)
            }
            workers.forEachRange(of: WinogradConvolution.places, length: 3) { places in
                loops.multiply(
                    convolution, scratch, weights: weights.floats, tiles: tiles.count, places: places, to: sums)
            }
            workers.forEachRange(of: convolution.outputBlocks, length: 1) { blocks in
                loops.transformOutputs(
                    convolution, sums, bias: parameters.bias.pointer, slopes: parameters.slopes?.pointer,
                    residual: residual.map { $0 + image * outputPerImage }, epilogue: parameters.epilogue,
                    tiles: tiles, blocks: blocks, to: target + image * outputPerImage)
            }
        }
        if total > 1, convolution.hasLightWeights || total >= Self.manyPieces {
            run.workers.forEach(total) { piece in run.pool.withMemory { compute(piece, $0, .serial) } }
        } else {
            run.pool.withMemory { scratch in for piece in 0..<total { compute(piece, scratch, run.workers) } }
        }
    }

    /// So many pieces go to the threads as they are, whatever they read.
    private static let manyPieces = 8
}
