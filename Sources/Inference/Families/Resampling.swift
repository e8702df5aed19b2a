import NetworkKernels
import ONNX

/// How Resize and Upsample turn places of the output into places of the input.
struct Resampling {
    enum Mode: String, CaseIterable { case nearest, linear, cubic }

    enum Coordinates: String, CaseIterable {
        case halfPixel = "half_pixel"
        case halfPixelSymmetric = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignCorners = "align_corners"
        case asymmetric
        case halfPixelForNearest = "tf_half_pixel_for_nn"
        case cropAndResize = "tf_crop_and_resize"
    }

    enum Rounding {
        case preferFloor, preferCeiling, floor, ceil
        /// Down where an axis gets longer, up where it gets shorter, as operator set 10 has it.
        case floorUnlessSmaller
    }

    var mode = Mode.nearest
    var coordinates = Coordinates.halfPixel
    var rounding = Rounding.preferFloor
    var cubicCoefficient: Float = -0.75
    var excludesOutside = false
    var isAntialiased = false
    var extrapolation: Float = 0

    /// One axis of a resampling; `region` is the part of the input that `tf_crop_and_resize` takes, in fractions.
    struct Axis {
        var input: Int
        var output: Int
        var scale: Double
        var region: (start: Double, end: Double) = (0, 1)
        var isIdentity: Bool { input == output && scale == 1 }
    }

    /// The place in the input that an output place stands for.
    ///
    /// In float32 where it decides by a comparison: other programs compute in float32, and a place half-way between two
    /// elements has to be half-way here too.
    private func source<Real: BinaryFloatingPoint>(_ x: Int, _ axis: Axis, in: Real.Type) -> Real {
        let x = Real(x), input = Real(axis.input), output = Real(axis.output), scale = Real(axis.scale)
        switch coordinates {
        case .halfPixel: return (x + 0.5) / scale - 0.5
        case .halfPixelSymmetric:
            let adjustment = output / (scale * input)
            return input / 2 * (1 - adjustment) + (x + 0.5) / scale - 0.5
        case .pytorchHalfPixel: return axis.output > 1 ? (x + 0.5) / scale - 0.5 : 0
        case .alignCorners:
            // The definition takes the exact product, which need not be the whole number of elements.
            let exact = scale * input
            return axis.output > 1 && exact > 1 ? x * (input - 1) / (exact - 1) : 0
        case .asymmetric: return x / scale
        case .halfPixelForNearest: return (x + 0.5) / scale
        case .cropAndResize:
            let (start, end) = (Real(axis.region.start), Real(axis.region.end))
            if axis.output == 1 { return 0.5 * (start + end) * (input - 1) }
            return start * (input - 1) + x * (end - start) * (input - 1) / (output - 1)
        }
    }

    /// The reach of a resampling of `[N, C, H, W]`; nil where places depend on the size of the whole.
    func reach(_ reach: Reach, _ axes: [Axis]) -> Reach? {
        let offset: (Double) -> Double
        switch coordinates {
        case .halfPixel, .halfPixelSymmetric, .pytorchHalfPixel: offset = { 0.5 / $0 - 0.5 }
        case .asymmetric: offset = { _ in 0 }
        case .halfPixelForNearest: offset = { 0.5 / $0 }
        case .alignCorners, .cropAndResize: return nil
        }
        func axis(_ reach: AxisReach, _ axis: Axis) -> AxisReach? {
            if axis.isIdentity { return reach }
            // A size that is no multiple is rounded, and then the scale is another for a part than for the whole.
            guard Double(axis.output) == Double(axis.input) * axis.scale else { return nil }
            let place = offset(axis.scale)
            let taps = (mode == .cubic ? 2 : 1) * width(axis.scale)
            return reach.window(stride: 1 / axis.scale, first: place - taps, last: place + taps)
        }
        guard axes.count == 4, let rows = axis(reach.rows, axes[2]), let columns = axis(reach.columns, axes[3]) else {
            return nil
        }
        return Reach(rows: rows, columns: columns)
    }

    /// Whether an output place of `tf_crop_and_resize` lies outside the input and takes the extrapolation value.
    func isOutside(_ x: Int, _ axis: Axis) -> Bool {
        guard coordinates == .cropAndResize else { return false }
        let place = source(x, axis, in: Float.self)
        return place < 0 || place > Float(axis.input - 1)
    }

    /// The nearest input place for each output place.
    func nearest(_ axis: Axis) -> [Int] {
        (0..<axis.output).map { x in
            let place = source(x, axis, in: Float.self)
            let rounded =
                switch rounding {
                case .preferFloor: (place - 0.5).rounded(.up)
                case .preferCeiling: (place + 0.5).rounded(.down)
                case .floor: place.rounded(.down)
                case .ceil: place.rounded(.up)
                case .floorUnlessSmaller: place.rounded(axis.scale < 1 ? .up : .down)
                }
            return Int(min(max(rounded, 0), Float(axis.input - 1)))
        }
    }

    /// How much wider than its own samples an interpolation's filter is, at least 1.
    private func width(_ scale: Double) -> Double { isAntialiased ? max(1, 1 / scale) : 1 }

    /// The weight of a sample at a distance, in samples of the filter.
    private func weight(_ distance: Double) -> Double {
        let d = abs(distance)
        if mode == .linear { return max(0, 1 - d) }
        let a = Double(cubicCoefficient)
        if d < 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
        return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
    }

    /// The input places and weights for each output place, linear or cubic.
    func weighted(_ axis: Axis) -> ResamplingAxis {
        let width = width(axis.scale)
        let reach = width * (mode == .linear ? 1 : 2)
        let before = Int(reach.rounded(.up)) - 1
        let taps = 2 * before + 2
        var places: [Int32] = [], weights: [Float] = []
        for x in 0..<axis.output {
            // Far outside, all taps fall on the edge in any case.
            let place = min(max(source(x, axis, in: Double.self), -2 * reach), Double(axis.input) + 2 * reach)
            let start = Int(place.rounded(.down)) - before
            var own = (0..<taps).map { weight((Double(start + $0) - place) / width) }
            if excludesOutside {
                for tap in 0..<taps where !(0..<axis.input).contains(start + tap) { own[tap] = 0 }
            }
            if excludesOutside || isAntialiased {
                let sum = own.reduce(0, +)
                own = own.map { $0 / sum }
            }
            for tap in 0..<taps {
                places.append(Int32(min(max(start + tap, 0), axis.input - 1)))
                weights.append(Float(own[tap]))
            }
        }
        return ResamplingAxis(taps: taps, places: places, weights: weights)
    }

    /// Bytes of working memory: two buffers for what lies between one axis and the next.
    static func scratchByteCount(input: TensorType, output: TensorType) -> Int {
        var size = input.shape, largest = input.count
        for axis in size.indices {
            size[axis] = output.shape[axis]
            largest = max(largest, size.reduce(1, *))
        }
        return 2 * 4 * (largest + 16)
    }

    func run(_ run: LayerRun, _ axes: [Axis]) {
        let output = run.output()
        if output.count == 0 { return }
        if mode == .nearest {
            switch output.element.byteCount {
            case 8: copyNearest(run, axes, UInt64.self)
            case 4: copyNearest(run, axes, UInt32.self)
            default: copyNearest(run, axes, UInt8.self)
            }
        } else {
            interpolate(run, axes)
        }
        if coordinates == .cropAndResize, output.element == .float32 {
            for index in 0..<output.count {
                var rest = index
                for axis in axes.indices.reversed() {
                    if isOutside(rest % output.shape[axis], axes[axis]) { output.floats[index] = extrapolation }
                    rest /= output.shape[axis]
                }
            }
        }
    }

    private func copyNearest<Element: BitwiseCopyable>(_ run: LayerRun, _ axes: [Axis], _: Element.Type) {
        let input = run.input(0), output = run.output()
        let from = input.base.assumingMemoryBound(to: Element.self)
        let to = output.base.assumingMemoryBound(to: Element.self)
        let places = axes.map { nearest($0) }
        guard let columns = places.last, let width = input.shape.last else {
            to[0] = from[0]
            return
        }
        let length = max(1, parallelThreshold / columns.count)
        run.workers.forEachRange(of: output.count / columns.count, length: length) { rows in
            for row in rows {
                var rest = row, offset = 0, stride = width
                for axis in places.indices.dropLast().reversed() {
                    offset += places[axis][rest % output.shape[axis]] * stride
                    rest /= output.shape[axis]
                    stride *= input.shape[axis]
                }
                let source = from + offset, target = to + row * columns.count
                columns.withUnsafeBufferPointer { columns in
                    for x in columns.indices { target[x] = source[columns[x]] }
                }
            }
        }
    }

    private func interpolate(_ run: LayerRun, _ axes: [Axis]) {
        let input = run.input(0), output = run.output()
        let half = Resampling.scratchByteCount(input: input.type, output: output.type) / 8
        let buffers = [0, half].map { run.scratch.assumingMemoryBound(to: Float.self) + $0 }
        var shape = input.shape
        var current = UnsafePointer(input.floats.baseAddress!)
        let active = axes.indices.filter { !axes[$0].isIdentity }
        for (step, axis) in active.enumerated() {
            let target = step == active.count - 1 ? output.floats.baseAddress! : buffers[step % 2]
            let table = weighted(axes[axis])
            let outer = shape[..<axis].reduce(1, *), inner = shape[(axis + 1)...].reduce(1, *)
            let (before, after) = (axes[axis].input, axes[axis].output)
            let source = current
            if inner == 1 {
                run.workers.forEachRange(of: outer, length: max(1, parallelThreshold / after)) { rows in
                    for row in rows {
                        loops.resampleRow(table, source + row * before, to: target + row * after, count: after)
                    }
                }
            } else {
                let perPlane = max(1, min(after, parallelThreshold / inner))
                let pieces = (after + perPlane - 1) / perPlane
                run.workers.forEach(outer * pieces) { piece in
                    let plane = piece / pieces, first = piece % pieces * perPlane
                    loops.resampleRows(
                        table, source + plane * before * inner, to: target + plane * after * inner, width: inner,
                        outputs: first..<min(after, first + perPlane))
                }
            }
            shape[axis] = after
            current = UnsafePointer(target)
        }
        if active.isEmpty { output.copy(from: input) }
    }
}
