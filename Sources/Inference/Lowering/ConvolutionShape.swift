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

    /// Taken wherever it is possible, in place of the one that is estimated to be the fastest.
    var forced: ConvolutionAlgorithm?

    var algorithm: ConvolutionAlgorithm {
        if let forced, canUse(forced) { return forced }
        if group > 1 { return [.depthwise, .direct].first(where: canUse) ?? .grouped }
        if outputs <= 3, canUse(.few), y.kernel * x.kernel * channels >= 32 { return .few }
        if channels <= 4 { return .planes }
        return canUse(.winograd) && winogradIsFaster ? .winograd : .direct
    }

    private func canUse(_ algorithm: ConvolutionAlgorithm) -> Bool {
        switch algorithm {
        case .depthwise: return group > 1 && group == channels && outputs == channels
        case .winograd: return group == 1 && [y, x].allSatisfy { $0.kernel == 3 && $0.stride == 1 && $0.dilation == 1 }
        case .direct:
            let fillsBlocks = channels / group % BlockedLayout.width == 0 && outputs / group % BlockedLayout.width == 0
            return group == 1 || fillsBlocks && !isReordered
        case .planes: return group == 1
        case .grouped: return true
        case .few:
            return group == 1 && y.stride == 1 && x.stride == 1 && x.output >= FewOutputsConvolution.leastWidth
        }
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
    private var winogradIsFaster: Bool {
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
