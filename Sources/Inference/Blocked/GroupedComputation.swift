import NetworkKernels

/// Convolution in groups whose channels do not fill blocks; inputs are the blocked planes and the residual.
///
/// A block of outputs sees the input channels of the groups that it has outputs of, in runs of four neighbouring
/// channels; weights between channels of different groups are zero.
struct GroupedComputation: Computation {
    /// Neighbouring blocks of outputs that see the same channels.
    private struct Segment {
        var convolution: DirectConvolution
        var firstBlock: Int
        var weights: Int
        /// For each run of channels the first one.
        var channels: [Int]
    }

    private static let runLength = 4

    private let segments: [Segment]
    private let padding: Padding
    private let inputBlocks: Int
    private let weights: TensorStorage
    private let parameters: ConvolutionParameters
    private let multiplications: Int

    init(
        _ unit: ConvolutionUnit, _ shape: ConvolutionShape, _ parameters: ConvolutionParameters, _ cache: PackedWeights
    ) {
        let y = shape.y, x = shape.x
        let padding = Padding(
            height: y.input, width: x.input, top: y.padBegin, left: x.padBegin,
            bottom: max(0, (y.output - 1) * y.stride + y.extent - y.input - y.padBegin),
            right: max(0, (x.output - 1) * x.stride + x.extent - x.input - x.padBegin), lanes: BlockedLayout.width)
        self.padding = padding
        self.parameters = parameters
        inputBlocks = BlockedLayout.blocks(shape.channels)
        let channels = shape.channels / shape.group, outputs = shape.outputs / shape.group, size = y.kernel * x.kernel
        multiplications = size * channels * shape.outputs * y.output * x.output
        let places = unit.inputOrder ?? Array(0..<shape.channels)
        var logical = [Int](repeating: 0, count: shape.channels)
        for (channel, place) in places.enumerated() { logical[place] = channel }

        var segments: [Segment] = []
        var count = 0
        func append(_ firstBlock: Int, _ end: Int, _ seen: [Int]) {
            let convolution = Self.convolution(y, x, padding, seen, blocks: end - firstBlock)
            segments.append(
                Segment(convolution: convolution, firstBlock: firstBlock, weights: count, channels: seen))
            count += convolution.packedCount
        }
        var open: (firstBlock: Int, channels: [Int])?
        for block in 0..<BlockedLayout.blocks(shape.outputs) {
            let last = min(shape.outputs, (block + 1) * BlockedLayout.width) - 1
            let groups = block * BlockedLayout.width / outputs...last / outputs
            let seen = places[groups.lowerBound * channels..<(groups.upperBound + 1) * channels]
            let runs = Set(seen.map { $0 / Self.runLength * Self.runLength }).sorted()
            if let open, open.channels != runs { append(open.firstBlock, block, open.channels) }
            if open?.channels != runs { open = (block, runs) }
        }
        if let open { append(open.firstBlock, BlockedLayout.blocks(shape.outputs), open.channels) }
        self.segments = segments

        weights = cache.storage(unit.key.map { $0 + " grouped" }, count: count) { packed in
            unit.weights.withElements(of: Float.self) { elements in
                for segment in segments {
                    let first = segment.firstBlock * BlockedLayout.width
                    segment.convolution.pack(outputs: shape.outputs - first, to: packed + segment.weights) {
                        output, run, element in
                        let place = segment.channels[run / size] + element, o = first + output
                        guard place < shape.channels, logical[place] / channels == o / outputs else { return 0 }
                        let channel = logical[place] % channels
                        return elements[(o * channels + channel) * size + run % size] * unit.scale[o]
                    }
                }
            }
        }
    }

    private static func convolution(
        _ y: Window.Axis, _ x: Window.Axis, _ padding: Padding, _ channels: [Int], blocks: Int
    ) -> DirectConvolution {
        let lanes = BlockedLayout.width, row = padding.paddedWidth * lanes
        var runs: [Int] = []
        for channel in channels {
            let first = channel / lanes * padding.outputCount + channel % lanes
            for j in 0..<y.kernel {
                for i in 0..<x.kernel { runs.append(first + j * y.dilation * row + i * x.dilation * lanes) }
            }
        }
        return DirectConvolution(
            height: y.output, width: x.output, rowStep: y.stride * row, columnStep: x.stride * lanes, runs: runs,
            runLength: runLength, blocks: blocks, places: y.kernel * x.kernel)
    }

    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        padding.isEmpty ? 0 : 4 * padding.outputCount * inputBlocks * (inputs[0]?.shape[0] ?? 0)
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        multiplications * (outputs[0]?.shape[0] ?? 0)
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let source = padding.padded(input.floats.baseAddress!, planes: input.shape[0] * inputBlocks, run)
        let target = output.floats.baseAddress!
        let residual = run.optional(1).map { UnsafePointer($0.floats.baseAddress!) }
        let pixels = segments[0].convolution.pixels, outputPerImage = output.type.count(from: 1)
        let length = segments.map { $0.convolution.pixelsPerPiece }.min() ?? pixels
        let across = (pixels + length - 1) / length
        run.workers.forEach(input.shape[0] * segments.count * across) { piece in
            let image = piece / across / segments.count, segment = segments[piece / across % segments.count]
            let first = piece % across * length, channel = segment.firstBlock * BlockedLayout.width
            let place = image * outputPerImage + channel * pixels
            loops.convolve(
                segment.convolution, source + image * inputBlocks * padding.outputCount,
                weights: weights.floats + segment.weights, bias: parameters.bias.pointer + channel,
                slopes: parameters.slopes.map { $0.pointer + channel }, residual: residual.map { $0 + place },
                epilogue: parameters.epilogue, pixels: first..<min(pixels, first + length),
                panels: 0..<segment.convolution.blocks, to: target + place)
        }
    }
}
