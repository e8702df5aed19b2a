import NetworkKernels

/// Transposed convolution on blocked planes.
///
/// The outputs fall into `stride × stride` phases; within one, every output sums over the same places of the kernel, so
/// each phase is a convolution with stride 1 whose results are then spread over the output.
struct TransposedComputation: Computation {
    /// The outputs `first + stride · t` along both axes.
    private struct Phase {
        var convolution: DirectConvolution
        var firstRow: Int
        var firstColumn: Int
        var weights: Int
    }

    /// One axis of a phase: which outputs, which kernel places, and from which input on.
    private struct AxisPhase {
        var first: Int
        var count: Int
        /// Kernel places in the order in which the input is read.
        var places: [Int]
        /// The input place that the first output reads with its first kernel place; may be negative.
        var start: Int

        static func phases(_ axis: Window.Axis) -> [AxisPhase] {
            (0..<min(axis.stride, axis.output)).map { first in
                let shifted = first + axis.padBegin
                let places = (0..<axis.kernel).filter { (shifted - $0) % axis.stride == 0 }
                // Along the kernel the input is read backwards, so the last place comes first.
                let start = places.last.map { (shifted - $0) / axis.stride } ?? 0
                return AxisPhase(
                    first: first, count: (axis.output - first + axis.stride - 1) / axis.stride,
                    places: places.reversed(), start: start)
            }
        }
    }

    private let phases: [Phase]
    private let padding: Padding
    private let y: Window.Axis
    private let x: Window.Axis
    private let inputBlocks: Int
    private let outputBlocks: Int
    private let weights: TensorStorage
    private let bias: PaddedChannels
    private let multiplications: Int

    /// - Parameters:
    ///   - kernel: `[C, O, height, width]`.
    ///   - axes: height and width, without dilation.
    init(_ kernel: Tensor, bias: [Float], axes: (y: Window.Axis, x: Window.Axis), key: String?, _ cache: PackedWeights)
    {
        (y, x) = axes
        let channels = kernel.shape[0], outputs = kernel.shape[1], height = kernel.shape[2], width = kernel.shape[3]
        let inputBlocks = BlockedLayout.blocks(channels)
        self.inputBlocks = inputBlocks
        outputBlocks = BlockedLayout.blocks(outputs)
        self.bias = PaddedChannels(bias)
        multiplications = channels * outputs * height * width * axes.y.input * axes.x.input
        let rows = AxisPhase.phases(axes.y), columns = AxisPhase.phases(axes.x)
        func reach(_ phases: [AxisPhase], _ size: Int) -> (before: Int, after: Int) {
            let used = phases.filter { !$0.places.isEmpty }
            return (
                used.map { max(0, -$0.start) }.max() ?? 0,
                used.map { max(0, $0.start + $0.count - 1 + $0.places.count - size) }.max() ?? 0
            )
        }
        let vertical = reach(rows, axes.y.input), horizontal = reach(columns, axes.x.input)
        let padding = Padding(
            height: axes.y.input, width: axes.x.input, top: vertical.before, left: horizontal.before,
            bottom: vertical.after, right: horizontal.after, lanes: BlockedLayout.width)
        self.padding = padding
        let row = padding.paddedWidth * 16
        var phases: [Phase] = []
        var meanings: [[(block: Int, place: Int)]] = []
        var count = 0
        for v in rows {
            for h in columns {
                var runs: [Int] = []
                var meaning: [(block: Int, place: Int)] = []
                for block in 0..<inputBlocks {
                    for (j, placeY) in v.places.enumerated() {
                        for (i, placeX) in h.places.enumerated() {
                            runs.append(
                                block * padding.outputCount + (v.start + j + padding.top) * row
                                    + (h.start + i + padding.left) * 16)
                            meaning.append((block, placeY * width + placeX))
                        }
                    }
                }
                if runs.isEmpty {
                    // A phase that no kernel place reaches holds the bias: one run with weights of zero.
                    runs.append(0)
                    meaning.append((inputBlocks, 0))
                }
                let convolution = DirectConvolution(
                    height: v.count, width: h.count, rowStep: row, columnStep: 16, runs: runs, runLength: 16,
                    blocks: BlockedLayout.blocks(outputs), places: max(1, v.places.count * h.places.count))
                phases.append(
                    Phase(convolution: convolution, firstRow: v.first, firstColumn: h.first, weights: count))
                meanings.append(meaning)
                count += convolution.packedCount
            }
        }
        self.phases = phases
        weights = cache.storage(key.map { $0 + " transposed" }, count: max(1, count)) { packed in
            kernel.withElements(of: Float.self) { elements in
                for (phase, meaning) in zip(phases, meanings) {
                    phase.convolution.pack(outputs: outputs, to: packed + phase.weights) { output, run, element in
                        let channel = meaning[run].block * 16 + element
                        guard channel < channels else { return 0 }
                        return elements[(channel * outputs + output) * height * width + meaning[run].place]
                    }
                }
            }
        }
    }

    var pieceScratchByteCount: Int {
        4 * (phases.map { $0.convolution.blocks * $0.convolution.pixels * 16 }.max() ?? 0)
    }

    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        padding.isEmpty ? 0 : 4 * padding.outputCount * inputBlocks * (inputs[0]?.shape[0] ?? 0)
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        multiplications * (outputs[0]?.shape[0] ?? 0)
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let target = output.floats.baseAddress!
        let source = padding.padded(input.floats.baseAddress!, planes: input.shape[0] * inputBlocks, run)
        let panels = (outputBlocks + 1) / 2
        run.workers.forEach(input.shape[0] * phases.count * panels) { piece in
            let image = piece / panels / phases.count, phase = phases[piece / panels % phases.count]
            let blocks = piece % panels * 2..<min(outputBlocks, piece % panels * 2 + 2),
                pixels = phase.convolution.pixels
            run.pool.withMemory { sums in
                let length = phase.convolution.pixelsPerPiece
                for first in stride(from: 0, to: pixels, by: length) {
                    loops.convolve(
                        phase.convolution, source + image * inputBlocks * padding.outputCount,
                        weights: weights.floats + phase.weights,
                        bias: bias.pointer, slopes: nil, residual: nil, epilogue: Epilogue(),
                        pixels: first..<min(pixels, first + length), panels: blocks, to: sums)
                }
                for block in blocks {
                    let plane = target + (image * outputBlocks + block) * y.output * x.output * 16
                    loops.spread(
                        sums + block * pixels * 16, rows: phase.convolution.height, columns: phase.convolution.width,
                        to: plane + (phase.firstRow * x.output + phase.firstColumn) * 16,
                        rowStep: y.stride * x.output * 16, columnStep: x.stride * 16)
                }
            }
        }
    }
}
