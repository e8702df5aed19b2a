import NetworkKernels

/// Convolution of each channel for itself; inputs are the blocked planes and the residual.
struct DepthwiseComputation: Computation {
    private let convolution: DepthwiseConvolution
    private let weights: TensorStorage
    private let parameters: ConvolutionParameters
    private let multiplications: Int

    init(
        _ unit: ConvolutionUnit, _ shape: ConvolutionShape, _ parameters: ConvolutionParameters, _ cache: PackedWeights
    ) {
        let y = shape.y, x = shape.x
        convolution = DepthwiseConvolution(
            input: (y.input, x.input), output: (y.output, x.output), kernel: (y.kernel, x.kernel),
            stride: (y.stride, x.stride), dilation: (y.dilation, x.dilation), top: y.padBegin, left: x.padBegin)
        self.parameters = parameters
        let size = y.kernel * x.kernel
        multiplications = size * shape.outputs * y.output * x.output
        weights = cache.storage(
            unit.key.map { $0 + " depthwise" }, count: BlockedLayout.blocks(shape.outputs) * BlockedLayout.width * size
        ) { packed in
            let kernels = unit.scaledKernels
            for channel in 0..<shape.outputs {
                kernels.kernel(channel, 0) { kernel in
                    for place in 0..<size { packed[(channel / 16 * size + place) * 16 + channel % 16] = kernel[place] }
                }
            }
        }
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        multiplications * (outputs[0]?.shape[0] ?? 0)
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let blocks = output.shape[1]
        let from = input.type.count(from: 2), to = output.type.count(from: 2)
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let residual = run.optional(1).map { UnsafePointer($0.floats.baseAddress!) }
        let rows = max(1, parallelThreshold / 2 / (convolution.width * 16))
        let pieces = (convolution.height + rows - 1) / rows
        run.workers.forEach(output.shape[0] * blocks * pieces) { piece in
            let plane = piece / pieces, block = plane % blocks, first = piece % pieces * rows
            convolve(
                source + plane * from, block: block, residual: residual.map { $0 + plane * to },
                rows: first..<min(convolution.height, first + rows), to: target + plane * to)
        }
    }

    /// Some output rows of one block; `input`, `residual` and `output` are the block's planes.
    func convolve(
        _ input: UnsafePointer<Float>, block: Int, residual: UnsafePointer<Float>? = nil, rows: Range<Int>,
        to output: UnsafeMutablePointer<Float>
    ) {
        loops.convolve(
            convolution, input,
            weights: weights.floats + block * convolution.kernelHeight * convolution.kernelWidth * 16,
            bias: parameters.bias.pointer + block * 16, slopes: parameters.slopes.map { $0.pointer + block * 16 },
            residual: residual, epilogue: parameters.epilogue, rows: rows, to: output)
    }
}
