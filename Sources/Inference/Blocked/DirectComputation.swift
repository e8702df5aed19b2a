import NetworkKernels

/// Convolution by sums of products, in one or several groups that fill whole blocks; inputs are the blocked planes (or
/// the planes of a first layer) and the residual.
struct DirectComputation: Computation {
    private let convolution: DirectConvolution
    private let padding: Padding
    private let group: Int
    /// Blocks (or planes) of the input that one group reads.
    private let inputsPerGroup: Int
    private let weights: TensorStorage
    private let parameters: ConvolutionParameters
    private let multiplications: Int
    /// Output rows of one piece of work where each piece pads what it reads of the planes itself: the rows are then
    /// still in its cache. Nil where all of the input is padded beforehand, or nothing.
    private let paddedRows: Int?
    /// Rows and columns of the input, with the padding, that a piece may read.
    private let strip: (height: Int, stride: Int, extent: Int)

    /// - Parameter inputPlane: elements from one block of the input to the next, where those are not its own planes.
    init(
        _ unit: ConvolutionUnit, _ shape: ConvolutionShape, _ parameters: ConvolutionParameters, _ cache: PackedWeights,
        readsPlanes: Bool, inputPlane: Int? = nil
    ) {
        let y = shape.y, x = shape.x, lanes = readsPlanes ? 1 : BlockedLayout.width
        // The windows may end before the input does; what they never reach is not padded.
        let padding = Padding(
            height: y.input, width: x.input, top: y.padBegin, left: x.padBegin,
            bottom: max(0, (y.output - 1) * y.stride + y.extent - y.input - y.padBegin),
            right: max(0, (x.output - 1) * x.stride + x.extent - x.input - x.padBegin), lanes: lanes)
        let channels = shape.channels / shape.group, outputs = shape.outputs / shape.group
        let inputs = readsPlanes ? channels : BlockedLayout.blocks(channels)
        let row = padding.paddedWidth * lanes
        paddedRows = readsPlanes && !padding.isEmpty ? max(1, Self.pixelsPerStrip / x.output) : nil
        strip = ((paddedRows.map { min($0, y.output) } ?? 1) * y.stride - y.stride + y.extent, y.stride, y.extent)
        let plane = inputPlane ?? (paddedRows == nil ? padding.paddedHeight : strip.height) * row
        var runs: [Int] = []
        /// Which channel of the run's first element, and which place of the kernel, a run stands for.
        var meaning: [(channel: Int, place: Int)] = []
        // A dilated row of a plane has gaps, so each of its elements is a run of its own.
        let runsAcross = readsPlanes && x.dilation == 1 ? 1 : x.kernel
        for input in 0..<inputs {
            for j in 0..<y.kernel {
                for i in 0..<runsAcross {
                    runs.append(input * plane + j * y.dilation * row + i * x.dilation * lanes)
                    meaning.append((input * lanes, j * x.kernel + i))
                }
            }
        }
        let rest = channels % lanes
        let convolution = DirectConvolution(
            height: y.output, width: x.output, rowStep: y.stride * row, columnStep: x.stride * lanes, runs: runs,
            runLength: readsPlanes ? x.kernel / runsAcross : lanes,
            rest: rest == 0 ? (0, 0) : (y.kernel * runsAcross, rest), blocks: BlockedLayout.blocks(outputs),
            places: y.kernel * x.kernel)
        self.convolution = convolution
        self.padding = padding
        self.parameters = parameters
        group = shape.group
        inputsPerGroup = inputs
        multiplications = y.kernel * x.kernel * channels * shape.outputs * y.output * x.output
        let perGroup = convolution.packedCount
        let size = y.kernel * x.kernel
        weights = cache.storage(unit.key.map { $0 + " direct" }, count: perGroup * shape.group) { packed in
            unit.weights.withElements(of: Float.self) { elements in
                for g in 0..<shape.group {
                    convolution.pack(outputs: outputs, to: packed + g * perGroup) { output, run, element in
                        let channel = readsPlanes ? meaning[run].channel : meaning[run].channel + element
                        let place = readsPlanes ? meaning[run].place + element : meaning[run].place
                        let o = g * outputs + output
                        return elements[(o * channels + channel) * size + place] * unit.scale[o]
                    }
                }
            }
        }
    }

    private static let pixelsPerStrip = 896

    var pieceScratchByteCount: Int {
        paddedRows == nil ? 0 : 4 * inputsPerGroup * strip.height * padding.paddedWidth
    }

    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        padding.isEmpty || paddedRows != nil
            ? 0 : 4 * padding.outputCount * inputsPerGroup * group * (inputs[0]?.shape[0] ?? 0)
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        multiplications * (outputs[0]?.shape[0] ?? 0)
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let target = output.floats.baseAddress!
        let batch = input.shape[0], planes = inputsPerGroup * group
        if let paddedRows { return self.run(run, rows: paddedRows) }
        let source = padding.padded(input.floats.baseAddress!, planes: batch * planes, run)
        let perImage = planes * padding.outputCount, outputPerImage = output.type.count(from: 1)
        let outputPerGroup = convolution.blocks * convolution.pixels * 16
        let residual = run.optional(1).map { UnsafePointer($0.floats.baseAddress!) }
        var length = convolution.pixelsPerPiece
        var across = (convolution.pixels + length - 1) / length
        // Few pixels leave too few pieces for the threads: then the panels are shared out too, and where those are few
        // as well, the pixels once more.
        let parts = max(1, min(convolution.blocks / 2, 8 / (across * batch * group)))
        let panelsPerPiece = ((convolution.blocks + parts - 1) / parts + 1) / 2 * 2
        let down = (convolution.blocks + panelsPerPiece - 1) / panelsPerPiece
        if across * down * batch * group % 2 == 1, convolution.pixels >= 56 {
            length = convolution.length(pieces: 2 * across)
            across = (convolution.pixels + length - 1) / length
        }
        run.workers.forEach(batch * group * across * down) { piece in
            let part = piece / (across * down), image = part / group, g = part % group
            let first = piece % across * length, panel = piece / across % down * panelsPerPiece
            let place = image * outputPerImage + g * outputPerGroup
            let channel = g * convolution.blocks * 16
            loops.convolve(
                convolution, source + image * perImage + g * inputsPerGroup * padding.outputCount,
                weights: weights.floats + g * convolution.packedCount, bias: parameters.bias.pointer + channel,
                slopes: parameters.slopes.map { $0.pointer + channel }, residual: residual.map { $0 + place },
                epilogue: parameters.epilogue, pixels: first..<min(convolution.pixels, first + length),
                panels: panel..<min(convolution.blocks, panel + panelsPerPiece), to: target + place)
        }
    }

    /// Some pixels of all blocks, from inputs that need no padding.
    func convolve(
        _ input: UnsafePointer<Float>, pixels: Range<Int>, residual: UnsafePointer<Float>?,
        to output: UnsafeMutablePointer<Float>
    ) {
        loops.convolve(
            convolution, input, weights: weights.floats, bias: parameters.bias.pointer,
            slopes: parameters.slopes?.pointer, residual: residual, epilogue: parameters.epilogue, pixels: pixels,
            panels: 0..<convolution.blocks, to: output)
    }

    /// Strips of the planes, each padded by the thread that convolves it.
    private func run(_ run: LayerRun, rows: Int) {
        let input = run.input(0), output = run.output()
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let residual = run.optional(1).map { UnsafePointer($0.floats.baseAddress!) }
        let outputPerImage = output.type.count(from: 1), pieces = (convolution.height + rows - 1) / rows
        run.workers.forEach(input.shape[0] * pieces) { piece in
            let image = piece / pieces, first = piece % pieces * rows
            let count = min(rows, convolution.height - first)
            let place = image * outputPerImage + first * convolution.width * 16
            run.pool.withMemory { padded in
                let height = (count - 1) * strip.stride + strip.extent
                for plane in 0..<inputsPerGroup {
                    padding.copy(
                        source + (image * inputsPerGroup + plane) * padding.inputCount,
                        rows: first * strip.stride..<first * strip.stride + height,
                        to: padded + plane * strip.height * padding.paddedWidth)
                }
                convolve(
                    padded, pixels: 0..<count * convolution.width, residual: residual.map { $0 + place },
                    to: target + place)
            }
        }
    }
}
