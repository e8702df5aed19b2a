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

    init(
        _ unit: ConvolutionUnit, _ shape: ConvolutionShape, _ parameters: ConvolutionParameters, _ cache: PackedWeights,
        readsPlanes: Bool
    ) {
        let y = shape.y, x = shape.x, lanes = readsPlanes ? 1 : BlockedLayout.width
        // The windows may end before the input does; what they never reach is not padded.
        let padding = Padding(
            height: y.input, width: x.input, top: y.padBegin, left: x.padBegin,
            bottom: max(0, (y.output - 1) * y.stride + y.extent - y.input - y.padBegin),
            right: max(0, (x.output - 1) * x.stride + x.extent - x.input - x.padBegin), lanes: lanes)
        let channels = shape.channels / shape.group, outputs = shape.outputs / shape.group
        let inputs = readsPlanes ? channels : BlockedLayout.blocks(channels)
        let row = padding.paddedWidth * lanes, plane = padding.paddedHeight * row
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
        let convolution = DirectConvolution(
            height: y.output, width: x.output, rowStep: y.stride * row, columnStep: x.stride * lanes, runs: runs,
            runLength: readsPlanes ? x.kernel / runsAcross : lanes, blocks: BlockedLayout.blocks(outputs),
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
                        guard channel < channels else { return 0 }
                        let o = g * outputs + output
                        return elements[(o * channels + channel) * size + place] * unit.scale[o]
                    }
                }
            }
        }
    }

    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        padding.isEmpty ? 0 : 4 * padding.outputCount * inputsPerGroup * group * (inputs[0]?.shape[0] ?? 0)
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        multiplications * (outputs[0]?.shape[0] ?? 0)
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let target = output.floats.baseAddress!
        let batch = input.shape[0], planes = inputsPerGroup * group
        let source = padding.padded(input.floats.baseAddress!, planes: batch * planes, run)
        let perImage = planes * padding.outputCount, outputPerImage = output.type.count(from: 1)
        let outputPerGroup = convolution.blocks * convolution.pixels * 16
        let residual = run.optional(1).map { UnsafePointer($0.floats.baseAddress!) }
        let length = convolution.pixelsPerPiece
        let across = (convolution.pixels + length - 1) / length
        // Few pixels leave too few pieces for the threads: then the panels are shared out too.
        let parts = max(1, min(convolution.blocks / 2, 8 / (across * batch * group)))
        let panelsPerPiece = ((convolution.blocks + parts - 1) / parts + 1) / 2 * 2
        let down = (convolution.blocks + panelsPerPiece - 1) / panelsPerPiece
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
}
