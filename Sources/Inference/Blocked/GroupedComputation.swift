import NetworkKernels

/// Convolution in groups whose channels do not fill blocks; inputs are row-major planes and the residual.
///
/// Each group is put into blocks of its own, convolved, and taken apart again.
struct GroupedComputation: Computation {
    private let shape: ConvolutionShape
    private let padding: Padding
    private let convolution: DirectConvolution
    private let weights: TensorStorage
    private let parameters: [ConvolutionParameters]
    private let multiplications: Int

    init(
        _ unit: ConvolutionUnit, _ shape: ConvolutionShape, _ parameters: ConvolutionParameters, _ cache: PackedWeights
    ) {
        self.shape = shape
        let y = shape.y, x = shape.x
        let padding = Padding(
            height: y.input, width: x.input, top: y.padBegin, left: x.padBegin,
            bottom: max(0, (y.output - 1) * y.stride + y.extent - y.input - y.padBegin),
            right: max(0, (x.output - 1) * x.stride + x.extent - x.input - x.padBegin), lanes: BlockedLayout.width)
        self.padding = padding
        let channels = shape.channels / shape.group, outputs = shape.outputs / shape.group
        let blocks = BlockedLayout.blocks(channels)
        let row = padding.paddedWidth * 16, plane = padding.paddedHeight * row
        var runs: [Int] = []
        for block in 0..<blocks {
            for j in 0..<y.kernel {
                for i in 0..<x.kernel { runs.append(block * plane + j * y.dilation * row + i * x.dilation * 16) }
            }
        }
        let convolution = DirectConvolution(
            height: y.output, width: x.output, rowStep: y.stride * row, columnStep: x.stride * 16, runs: runs,
            runLength: 16, blocks: BlockedLayout.blocks(outputs),
            places: y.kernel * x.kernel)
        self.convolution = convolution
        let size = y.kernel * x.kernel
        multiplications = size * channels * shape.outputs * y.output * x.output
        weights = cache.storage(unit.key.map { $0 + " grouped" }, count: convolution.packedCount * shape.group) {
            packed in
            unit.weights.withElements(of: Float.self) { elements in
                for g in 0..<shape.group {
                    convolution.pack(outputs: outputs, to: packed + g * convolution.packedCount) {
                        output, run, element in
                        let channel = run / size * 16 + element, o = g * outputs + output
                        guard channel < channels else { return 0 }
                        return elements[(o * channels + channel) * size + run % size] * unit.scale[o]
                    }
                }
            }
        }
        self.parameters = (0..<shape.group).map { g in
            var part = unit
            part.bias = Array(unit.bias[g * outputs..<(g + 1) * outputs])
            part.slopes = unit.slopes.map { Array($0[g * outputs..<(g + 1) * outputs]) }
            return ConvolutionParameters(part)
        }
    }

    private var channels: Int { shape.channels / shape.group }
    private var outputs: Int { shape.outputs / shape.group }
    private var inputBlocks: Int { BlockedLayout.blocks(channels) }

    /// Of one group: the blocks, the padded blocks, the sums and the blocked residual.
    var pieceScratchByteCount: Int {
        4 * (inputBlocks * (padding.inputCount + padding.outputCount) + 2 * convolution.blocks * convolution.pixels * 16)
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        multiplications * (outputs[0]?.shape[0] ?? 0)
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let residual = run.optional(1).map { UnsafePointer($0.floats.baseAddress!) }
        let plane = shape.y.input * shape.x.input, pixels = convolution.pixels
        run.workers.forEach(input.shape[0] * shape.group) { piece in
            let g = piece % shape.group
            run.pool.withMemory { blocks in
                let padded = blocks + inputBlocks * padding.inputCount
                let sums = padded + inputBlocks * padding.outputCount
                let other = sums + convolution.blocks * pixels * 16
                let parameters = parameters[g]
                for block in 0..<inputBlocks {
                    let part =
                        padding.isEmpty ? padded + block * padding.outputCount : blocks + block * padding.inputCount
                    loops.block(
                        source + (piece * channels + block * 16) * plane, channels: min(16, channels - block * 16),
                        plane: plane, to: part)
                    if !padding.isEmpty { padding.copy(part, to: padded + block * padding.outputCount) }
                }
                if let residual {
                    for block in 0..<convolution.blocks {
                        loops.block(
                            residual + (piece * outputs + block * 16) * pixels, channels: min(16, outputs - block * 16),
                            plane: pixels, to: other + block * pixels * 16)
                    }
                }
                loops.convolve(
                    convolution, padded, weights: weights.floats + g * convolution.packedCount, bias: parameters.bias.pointer,
                    slopes: parameters.slopes?.pointer, residual: residual == nil ? nil : UnsafePointer(other),
                    epilogue: parameters.epilogue, pixels: 0..<pixels, panels: 0..<convolution.blocks, to: sums)
                for block in 0..<convolution.blocks {
                    loops.unblock(
                        sums + block * pixels * 16, channels: min(16, outputs - block * 16), plane: pixels,
                        to: target + (piece * outputs + block * 16) * pixels)
                }
            }
        }
    }
}
