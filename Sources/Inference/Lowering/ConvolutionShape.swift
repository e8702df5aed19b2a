import NetworkKernels

/// The sizes of a two-dimensional convolution, and the way of computing it that they lead to.
struct ConvolutionShape {
    var y: Window.Axis
    var x: Window.Axis
    var channels: Int
    var outputs: Int
    var group: Int
    var batch: Int
    /// Whether the input's channels lie in another order than the weights have them.
    var isReordered = false

    enum Algorithm { case depthwise, winograd, direct, planes, grouped, few }

    var algorithm: Algorithm {
        if group > 1 {
            if group == channels, outputs == channels { return .depthwise }
            let fillsBlocks = channels / group % BlockedLayout.width == 0 && outputs / group % BlockedLayout.width == 0
            return fillsBlocks && !isReordered ? .direct : .grouped
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

    /// Whether fewer multiplications outweigh the transforms and the larger weights.
    ///
    /// Estimates in nanoseconds, fitted to measurements with AVX-512: 240 GFLOP/s in products, weights from memory at
    /// 28 GB/s beside them, 60 ns for the transform of one tile and block.
    private var prefersWinograd: Bool {
        guard y.kernel == 3, x.kernel == 3, y.stride == 1, x.stride == 1, y.dilation == 1, x.dilation == 1 else {
            return false
        }
        let winograd = winograd
        let inputs = Double(winograd.inputBlocks * 16), outputs = Double(winograd.outputBlocks * 16)
        func products(_ count: Double) -> Double { 2 * inputs * outputs * count / 240 }
        func reading(_ places: Double) -> Double { inputs * outputs * places * 4 / 28 }
        let direct = max(products(9 * Double(y.output * x.output * batch)), reading(9))
        let tiles = Double(winograd.tiles * batch)
        let transforms = tiles * (inputs + outputs) / 16 * 60
        return max(products(36 * tiles), reading(36)) + transforms < direct
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
