import NetworkKernels

/// The sizes of a two-dimensional convolution, and the way of computing it that they lead to.
struct ConvolutionShape {
    var y: Window.Axis
    var x: Window.Axis
    var channels: Int
    var outputs: Int
    var group: Int
    var batch: Int

    enum Algorithm { case depthwise, winograd, direct, planes, grouped, few }

    var algorithm: Algorithm {
        if group > 1 {
            if group == channels, outputs == channels { return .depthwise }
            let fillsBlocks = channels / group % BlockedLayout.width == 0 && outputs / group % BlockedLayout.width == 0
            return fillsBlocks ? .direct : .grouped
        }
        let isDense = y.stride == 1 && x.stride == 1 && x.output >= FewOutputsConvolution.leastWidth
        if outputs <= 3, isDense, y.kernel * x.kernel * channels >= 32 { return .few }
        if channels <= 4 { return .planes }
        return prefersWinograd ? .winograd : .direct
    }

    var winograd: WinogradConvolution {
        WinogradConvolution(
            input: (y.input, x.input), output: (y.output, x.output), top: y.padBegin, left: x.padBegin,
            inputBlocks: BlockedLayout.blocks(channels), outputBlocks: BlockedLayout.blocks(outputs))
    }

    /// Whether fewer multiplications outweigh the transforms and the larger weights, by estimates in nanoseconds that
    /// were fitted to measurements.
    private var prefersWinograd: Bool {
        guard y.kernel == 3, x.kernel == 3, y.stride == 1, x.stride == 1, y.dilation == 1, x.dilation == 1 else {
            return false
        }
        let winograd = winograd
        let inputs = Double(BlockedLayout.blocks(channels) * 16),
            outputs = Double(BlockedLayout.blocks(self.outputs) * 16)
        let tiles = Double(winograd.tiles * batch)
        let direct = 2 * 9 * inputs * outputs * Double(y.output * x.output * batch) / 90
        let products = 2 * 36 * inputs * outputs * (tiles + 3) / 85
        let transforms = tiles * (inputs * 9 + outputs * 7)
        let weights = 36 * inputs * outputs * 4 / 18
        return max(products, weights) + transforms < direct
    }
}

/// Numbers for each channel, with zeros up to whole panels of sixteen.
struct PaddedChannels: Sendable {
    let values: TensorStorage

    init(_ channels: [Float]) {
        let storage = TensorStorage(byteCount: 4 * ((channels.count + 15) / 16 * 16))
        for (index, value) in channels.enumerated() { storage.floats[index] = value }
        values = storage
    }

    var pointer: UnsafePointer<Float> { UnsafePointer(values.floats) }
}

/// Bias, slopes and what follows the sums.
struct ConvolutionParameters: Sendable {
    let bias: PaddedChannels
    let slopes: PaddedChannels?
    let epilogue: Epilogue

    init(_ unit: ConvolutionUnit) {
        bias = PaddedChannels(unit.bias)
        slopes = unit.slopes.map { PaddedChannels($0) }
        epilogue = unit.epilogue
    }
}
