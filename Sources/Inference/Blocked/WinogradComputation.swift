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
            for output in 0..<shape.outputs {
                for input in 0..<shape.channels {
                    unit.scaledKernel(output, input) {
                        convolution.pack($0, output: output, input: input, to: packed)
                    }
                }
            }
        }
    }

    var pieceScratchByteCount: Int { convolution.scratchCount * 4 }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        multiplications * (outputs[0]?.shape[0] ?? 0)
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let perImage = input.type.count(from: 1), outputPerImage = output.type.count(from: 1)
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let residual = run.optional(1).map { UnsafePointer($0.floats.baseAddress!) }
        let length = convolution.tilesPerPiece
        let pieces = (convolution.tiles + length - 1) / length
        run.workers.forEach(input.shape[0] * pieces) { piece in
            let image = piece / pieces, first = piece % pieces * length
            run.pool.withMemory { scratch in
                loops.convolve(
                    convolution, source + image * perImage, weights: weights.floats, bias: parameters.bias.pointer,
                    slopes: parameters.slopes?.pointer, residual: residual.map { $0 + image * outputPerImage },
                    epilogue: parameters.epilogue, tiles: first..<min(convolution.tiles, first + length),
                    to: target + image * outputPerImage, scratch: scratch)
            }
        }
    }
}
