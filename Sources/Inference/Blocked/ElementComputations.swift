import NetworkKernels

/// A function of every element, in whatever order they lie.
struct FunctionComputation: Computation {
    let function: UnaryFunction
    var inPlaceInput: Int? { 0 }

    func run(_ run: LayerRun) {
        let input = run.input(0).floats, output = run.output().floats
        guard let from = input.baseAddress, let to = output.baseAddress else { return }
        run.workers.forEachRange(of: input.count, length: parallelThreshold) { range in
            loops.apply(function, from + range.lowerBound, to: to + range.lowerBound, count: range.count)
        }
    }
}

/// A function of pairs of elements of two tensors of the same shape.
struct PairComputation: Computation {
    let function: BinaryFunction
    var inPlaceInput: Int? { 0 }

    func run(_ run: LayerRun) {
        let a = run.input(0).floats.baseAddress!, b = run.input(1).floats.baseAddress!
        let out = run.output().floats.baseAddress!
        run.workers.forEachRange(of: run.output().count, length: parallelThreshold) { range in
            let i = range.lowerBound
            loops.apply(function, a + i, step: 1, b + i, step: 1, to: out + i, count: range.count)
        }
    }
}

/// A function of every element and one number.
struct NumberComputation: Computation {
    let function: BinaryFunction
    let number: PaddedChannels
    /// Whether the number is the function's first argument.
    let swapped: Bool
    var inPlaceInput: Int? { 0 }

    func run(_ run: LayerRun) {
        let input = run.input(0).floats, output = run.output().floats
        guard let from = input.baseAddress, let to = output.baseAddress else { return }
        run.workers.forEachRange(of: input.count, length: parallelThreshold) { range in
            let i = range.lowerBound
            if swapped {
                loops.apply(function, number.pointer, step: 0, from + i, step: 1, to: to + i, count: range.count)
            } else {
                loops.apply(function, from + i, step: 1, number.pointer, step: 0, to: to + i, count: range.count)
            }
        }
    }
}

/// A function of blocked planes (input 0) and one number for each channel (input 1).
struct ChannelPairComputation: Computation {
    let function: BinaryFunction
    /// Whether the numbers are the function's first argument.
    let swapped: Bool
    var inPlaceInput: Int? { 0 }

    func run(_ run: LayerRun) {
        let input = run.input(0), numbers = run.input(1).floats.baseAddress!, output = run.output()
        let pixels = input.shape[2] * input.shape[3]
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let planes = input.shape[0] * input.shape[1]
        run.workers.forEachRange(of: planes, length: max(1, parallelThreshold / (pixels * 16))) { range in
            for plane in range {
                loops.perChannel(
                    function, source + plane * pixels * 16, numbers + plane * 16, swapped: swapped,
                    to: target + plane * pixels * 16, pixels: pixels)
            }
        }
    }
}

/// A function of blocked planes and a constant for each channel.
struct ConstantPairComputation: Computation {
    let function: BinaryFunction
    /// Whether the constants are the function's first argument.
    let swapped: Bool
    let values: PaddedChannels
    var inPlaceInput: Int? { 0 }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let pixels = input.shape[2] * input.shape[3], blocks = input.shape[1]
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        run.workers.forEachRange(of: input.shape[0] * blocks, length: max(1, parallelThreshold / (pixels * 16))) {
            range in
            for plane in range {
                loops.perChannel(
                    function, source + plane * pixels * 16, values.pointer + plane % blocks * 16, swapped: swapped,
                    to: target + plane * pixels * 16, pixels: pixels)
            }
        }
    }
}

/// `y = activation(scale[c] · x + shift[c])` on row-major planes.
struct AffineComputation: Computation {
    private let scale: PaddedChannels
    private let shift: PaddedChannels
    private let activation: Epilogue.Activation
    var inPlaceInput: Int? { 0 }

    init(_ unit: ChannelUnit) {
        scale = PaddedChannels(unit.scale)
        shift = PaddedChannels(unit.shift)
        activation = unit.activation
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        guard output.count > 0 else { return }
        let channels = input.shape[1], plane = input.type.count(from: 2)
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        run.workers.forEachRange(of: input.shape[0] * channels, length: max(1, parallelThreshold / plane)) { range in
            for index in range {
                let out = target + index * plane
                loops.affine(
                    source + index * plane, to: out, count: plane, scale: scale.pointer[index % channels],
                    shift: shift.pointer[index % channels])
                if case .function(let function) = activation { loops.apply(function, out, to: out, count: plane) }
            }
        }
    }
}

/// `y = activation(scale[c] · x + shift[c])` on blocked planes.
struct BlockedAffineComputation: Computation {
    private let scale: PaddedChannels
    private let shift: PaddedChannels
    private let activation: Epilogue.Activation
    var inPlaceInput: Int? { 0 }

    init(_ unit: ChannelUnit) {
        scale = PaddedChannels(unit.scale)
        shift = PaddedChannels(unit.shift)
        activation = unit.activation
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let blocks = input.shape[1], pixels = input.shape[2] * input.shape[3]
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        // Short stretches, so that the activation finds them in the first-level cache.
        let stretch = 256, pieces = (pixels + stretch - 1) / stretch
        let perThread = max(1, parallelThreshold / (stretch * 16))
        run.workers.forEachRange(of: input.shape[0] * blocks * pieces, length: perThread) { range in
            for piece in range {
                let plane = piece / pieces, first = piece % pieces * stretch, count = min(stretch, pixels - first)
                let place = (plane * pixels + first) * 16, channel = plane % blocks * 16
                loops.scale(
                    source + place, to: target + place, pixels: count, scale: scale.pointer + channel,
                    shift: shift.pointer + channel)
                if case .function(let function) = activation {
                    loops.apply(function, target + place, to: target + place, count: count * 16)
                }
            }
        }
    }
}
