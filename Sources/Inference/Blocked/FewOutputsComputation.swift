import NetworkKernels

/// Convolution to few planes; input and output are row-major planes.
struct FewOutputsComputation: Computation {
    private let convolution: FewOutputsConvolution
    private let padding: Padding
    private let outputs: Int
    private let weights: TensorStorage
    private let bias: [Float]
    private let epilogue: Epilogue

    /// - Precondition: `ConvolutionShape.algorithm` has chosen it, and there is no residual and are no slopes.
    init(_ unit: ConvolutionUnit, _ shape: ConvolutionShape, _ cache: PackedWeights) {
        let y = shape.y, x = shape.x
        let padding = Padding(
            height: y.input, width: x.input, top: y.padBegin, left: x.padBegin,
            bottom: max(0, y.output - 1 + y.extent - y.input - y.padBegin),
            right: max(0, x.output - 1 + x.extent - x.input - x.padBegin), lanes: 1)
        self.padding = padding
        let convolution = FewOutputsConvolution(
            height: y.output, width: x.output, channels: shape.channels, kernel: (y.kernel, x.kernel),
            row: padding.paddedWidth, plane: padding.outputCount, dilation: (y.dilation, x.dilation))
        self.convolution = convolution
        outputs = shape.outputs
        epilogue = unit.epilogue
        let panels = (shape.outputs + 2) / 3, size = y.kernel * x.kernel
        bias = unit.bias + [0, 0]
        weights = cache.storage(unit.key.map { $0 + " few" }, count: panels * convolution.packedCount) { packed in
            let kernels = unit.scaledKernels
            for output in 0..<shape.outputs {
                for channel in 0..<shape.channels {
                    kernels.kernel(output, channel) { kernel in
                        let panel = packed + output / 3 * convolution.packedCount
                        for place in 0..<size { panel[(channel * size + place) * 3 + output % 3] = kernel[place] }
                    }
                }
            }
        }
    }

    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        padding.isEmpty ? 0 : 4 * padding.outputCount * convolution.channels * (inputs[0]?.shape[0] ?? 0)
    }

    func multiplicationCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        (outputs[0]?.count ?? 0) * convolution.channels * convolution.kernelHeight * convolution.kernelWidth
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let target = output.floats.baseAddress!
        let source = padding.padded(input.floats.baseAddress!, planes: input.shape[0] * convolution.channels, run)
        let panels = (outputs + 2) / 3, pixels = convolution.height * convolution.width
        let rows = max(1, 512 / convolution.width), pieces = (convolution.height + rows - 1) / rows
        run.workers.forEach(input.shape[0] * panels * pieces) { piece in
            let image = piece / pieces / panels, panel = piece / pieces % panels, first = piece % pieces * rows
            let range = first..<min(convolution.height, first + rows)
            let o = panel * 3
            let out = target + (image * outputs + o) * pixels
            loops.convolve(
                convolution, source + image * convolution.channels * padding.outputCount,
                weights: weights.floats + panel * convolution.packedCount, bias: (bias[o], bias[o + 1], bias[o + 2]),
                rows: range, to: (out, o + 1 < outputs ? out + pixels : nil, o + 2 < outputs ? out + 2 * pixels : nil))
            for case .function(let function) in [epilogue.before, epilogue.after] {
                for plane in 0..<min(3, outputs - o) {
                    let part = out + plane * pixels + range.lowerBound * convolution.width
                    loops.apply(function, part, to: part, count: range.count * convolution.width)
                }
            }
        }
    }
}
