import NetworkKernels

/// Transposed convolution to few planes whose windows do not overlap: the blocked planes in, row-major planes out.
///
/// Every input pixel makes a patch of outputs of its own. All places of the patches in all planes are the outputs of one
/// convolution of single pixels, and then go to where they belong; computed phase by phase, most of each block of
/// outputs would be empty.
struct SpreadingComputation: Computation {
    private let convolution: DirectConvolution
    private let inputBlocks: Int
    private let outputs: Int
    private let patch: (height: Int, width: Int)
    private let weights: TensorStorage
    private let bias: PaddedChannels
    private let multiplications: Int

    /// The most outputs of one pixel, in all planes.
    private static let mostPlaces = 32
    private static let pixelsPerStrip = 448

    /// Nil where windows overlap, the output is cut, or there are too many outputs.
    ///
    /// - Parameters:
    ///   - kernel: `[C, O, height, width]`.
    ///   - axes: height and width, without dilation.
    init?(
        _ kernel: Tensor, bias: [Float], axes: (y: Window.Axis, x: Window.Axis), key: String?, _ cache: PackedWeights
    ) {
        let (y, x) = axes
        func isApart(_ axis: Window.Axis) -> Bool {
            axis.kernel == axis.stride && axis.padBegin == 0 && axis.output == axis.input * axis.stride
        }
        let channels = kernel.shape[0], outputs = kernel.shape[1], size = y.kernel * x.kernel
        guard isApart(y), isApart(x), outputs * size <= Self.mostPlaces, outputs < BlockedLayout.width / 2 else {
            return nil
        }
        self.outputs = outputs
        patch = (y.kernel, x.kernel)
        inputBlocks = BlockedLayout.blocks(channels)
        multiplications = channels * outputs * size * y.input * x.input
        let convolution = DirectConvolution(
            height: y.input, width: x.input, rowStep: x.input * 16, columnStep: 16,
            runs: (0..<inputBlocks).map { $0 * y.input * x.input * 16 }, runLength: 16,
            blocks: BlockedLayout.blocks(outputs * size), places: 1)
        self.convolution = convolution
        self.bias = PaddedChannels((0..<outputs * size).map { bias[$0 / size] })
        weights = cache.storage(key.map { $0 + " spreading" }, count: convolution.packedCount) { packed in
            kernel.withElements(of: Float.self) { elements in
                convolution.pack(outputs: outputs * size, to: packed) { output, run, element in
                    let channel = run * 16 + element
                    return channel < channels ? elements[channel * outputs * size + output] : 0
                }
            }
        }
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        multiplications * (outputs[0]?.shape[0] ?? 0)
    }

    private var rowsPerStrip: Int { max(1, Self.pixelsPerStrip / convolution.width) }

    var pieceScratchByteCount: Int { 4 * convolution.blocks * convolution.pixels * 16 }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let height = convolution.height, width = convolution.width
        let pieces = (height + rowsPerStrip - 1) / rowsPerStrip
        run.workers.forEach(input.shape[0] * pieces) { piece in
            let image = piece / pieces, first = piece % pieces * rowsPerStrip
            let rows = first..<min(height, first + rowsPerStrip)
            run.pool.withMemory { sums in
                loops.convolve(
                    convolution, source + image * inputBlocks * convolution.pixels * 16, weights: weights.floats,
                    bias: bias.pointer, slopes: nil, residual: nil, epilogue: Epilogue(),
                    pixels: rows.lowerBound * width..<rows.upperBound * width, panels: 0..<convolution.blocks, to: sums)
                for plane in 0..<outputs {
                    for y in rows {
                        for j in 0..<patch.height {
                            let line = (image * outputs + plane) * height * patch.height + y * patch.height + j
                            for i in 0..<patch.width {
                                let place = (plane * patch.height + j) * patch.width + i
                                let from = sums + (place / 16 * convolution.pixels + y * width) * 16 + place % 16
                                let to = target + line * width * patch.width + i
                                for x in 0..<width { to[x * patch.width] = from[x * 16] }
                            }
                        }
                    }
                }
            }
        }
    }
}
