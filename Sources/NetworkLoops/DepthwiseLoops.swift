import NetworkKernels

extension Loops {
    public static func convolve(
        _ convolution: DepthwiseConvolution, _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
        bias: UnsafePointer<Float>, slopes: UnsafePointer<Float>?, residual: UnsafePointer<Float>?,
        epilogue: Epilogue, rows: Range<Int>, to output: UnsafeMutablePointer<Float>
    ) {
        let c = convolution
        // The output columns whose windows lie inside the input.
        let inside = PlainConvolution.inside(
            -c.left, c.strideX, c.inputWidth - (c.kernelWidth - 1) * c.dilationX, c.width)
        let clamp = epilogue.clamp
        let bounds = (low: Vector(clamp?.low ?? -.infinity), high: Vector(clamp?.high ?? .infinity))
        for y in rows {
            let out = output + y * c.width * 16
            let other = clamp == nil ? nil : residual.map { $0 + y * c.width * 16 }
            let firstRow = y * c.strideY - c.top
            let from = max(0, firstRow >= 0 ? 0 : (c.dilationY - 1 - firstRow) / c.dilationY)
            let to = min(c.kernelHeight, max(from, (c.inputHeight - firstRow + c.dilationY - 1) / c.dilationY))
            let start = input + (firstRow + from * c.dilationY) * c.inputWidth * 16
            let strip = DepthwiseStrip(
                input: start, rowStep: c.dilationY * c.inputWidth * 16, weights: weights + from * c.kernelWidth * 16,
                rows: to - from, columns: c.kernelWidth, columnStep: c.dilationX * 16, step: c.strideX * 16,
                bias: bias, residual: other, low: bounds.low, high: bounds.high)
            let firstInside = min(inside.lowerBound, c.width), pastInside = max(firstInside, inside.upperBound)
            for x in 0..<firstInside { pixel(c, strip, x, out) }
            var x = inner(c, strip, firstInside, pastInside, out)
            // Of the last four some are computed twice, which takes less time than one after the other.
            if x < pastInside, pastInside - firstInside >= 4 {
                x = inner(c, strip, pastInside - 4, pastInside, out)
            }
            while x < c.width {
                pixel(c, strip, x, out)
                x += 1
            }
            if clamp == nil {
                apply(
                    epilogue, out, residual: residual.map { $0 + y * c.width * 16 }, slopes: slopes, pixels: c.width)
            }
        }
    }

    /// The pixels from `x` on whose windows lie inside the input, four at a time; returns where it has come to.
    private static func inner(
        _ c: DepthwiseConvolution, _ strip: DepthwiseStrip, _ x: Int, _ end: Int, _ out: UnsafeMutablePointer<Float>
    ) -> Int {
        let count = (end - x) / 4
        if count <= 0 { return x }
        let first = strip.input + (x * c.strideX - c.left) * 16, target = out + x * 16
        switch (c.kernelWidth, c.strideX, c.dilationX) {
        case (3, 1, 1): dense3(strip, x, count, first, target)
        case (3, 2, 1): spaced3(strip, x, count, first, target)
        case (5, 1, 1): dense5(strip, x, count, first, target)
        case (5, 2, 1): spaced5(strip, x, count, first, target)
        default: general(strip, x, count, first, target)
        }
        return x + count * 4
    }

    // Each of these is a function of its own, so that all of it is inlined and unrolled for its sizes.

    @inline(never) private static func dense3(
        _ strip: DepthwiseStrip, _ x: Int, _ count: Int, _ input: UnsafePointer<Float>,
        _ out: UnsafeMutablePointer<Float>
    ) { fours(strip, x, count, columns: 3, step: 16, columnStep: 16, input, out) }

    @inline(never) private static func spaced3(
        _ strip: DepthwiseStrip, _ x: Int, _ count: Int, _ input: UnsafePointer<Float>,
        _ out: UnsafeMutablePointer<Float>
    ) { fours(strip, x, count, columns: 3, step: 32, columnStep: 16, input, out) }

    @inline(never) private static func dense5(
        _ strip: DepthwiseStrip, _ x: Int, _ count: Int, _ input: UnsafePointer<Float>,
        _ out: UnsafeMutablePointer<Float>
    ) { fours(strip, x, count, columns: 5, step: 16, columnStep: 16, input, out) }

    @inline(never) private static func spaced5(
        _ strip: DepthwiseStrip, _ x: Int, _ count: Int, _ input: UnsafePointer<Float>,
        _ out: UnsafeMutablePointer<Float>
    ) { fours(strip, x, count, columns: 5, step: 32, columnStep: 16, input, out) }

    @inline(never) private static func general(
        _ strip: DepthwiseStrip, _ x: Int, _ count: Int, _ input: UnsafePointer<Float>,
        _ out: UnsafeMutablePointer<Float>
    ) {
        fours(
            strip, x, count, columns: strip.columns, step: strip.step, columnStep: strip.columnStep, input, out)
    }

    /// `count` times four neighbouring pixels; `input` is the first element of the first pixel's window.
    @inline(__always) private static func fours(
        _ strip: DepthwiseStrip, _ x: Int, _ count: Int, columns: Int, step: Int, columnStep: Int,
        _ input: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
    ) {
        let b = load(strip.bias)
        var source = input, target = out
        var residual = strip.residual.map { $0 + x * 16 }
        for _ in 0..<count {
            var c0 = b, c1 = b, c2 = b, c3 = b
            var row = source, w = strip.weights
            for _ in 0..<strip.rows {
                for i in 0..<columns {
                    let p = row + i * columnStep
                    let weight = load(w + i * 16)
                    c0 = c0.addingProduct(weight, load(p))
                    c1 = c1.addingProduct(weight, load(p + step))
                    c2 = c2.addingProduct(weight, load(p + 2 * step))
                    c3 = c3.addingProduct(weight, load(p + 3 * step))
                }
                w += columns * 16
                row += strip.rowStep
            }
            if let other = residual {
                c0 += load(other)
                c1 += load(other + 16)
                c2 += load(other + 32)
                c3 += load(other + 48)
                residual = other + 64
            }
            store(c0.atLeast(strip.low).atMost(strip.high), target)
            store(c1.atLeast(strip.low).atMost(strip.high), target + 16)
            store(c2.atLeast(strip.low).atMost(strip.high), target + 32)
            store(c3.atLeast(strip.low).atMost(strip.high), target + 48)
            source += 4 * step
            target += 64
        }
    }

    /// One pixel, whose window may reach beyond the sides.
    @inline(__always) private static func pixel(
        _ c: DepthwiseConvolution, _ strip: DepthwiseStrip, _ x: Int, _ out: UnsafeMutablePointer<Float>
    ) {
        let start = x * c.strideX - c.left
        let first = start >= 0 ? 0 : (c.dilationX - 1 - start) / c.dilationX
        let columns = max(0, min(c.kernelWidth, (c.inputWidth - start + c.dilationX - 1) / c.dilationX) - first)
        var sum = load(strip.bias)
        var row = strip.input + (start + first * c.dilationX) * 16, weights = strip.weights + first * 16
        for _ in 0..<strip.rows {
            for i in 0..<columns {
                sum = sum.addingProduct(load(weights + i * 16), load(row + i * strip.columnStep))
            }
            row += strip.rowStep
            weights += c.kernelWidth * 16
        }
        strip.finish(sum, out, x)
    }
}

/// What one output row of a depthwise convolution reads: the rows of the kernel that lie inside the input.
private struct DepthwiseStrip {
    /// The first input row, from its first column on.
    var input: UnsafePointer<Float>
    var rowStep: Int
    var weights: UnsafePointer<Float>
    var rows: Int
    var columns: Int
    var columnStep: Int
    var step: Int
    var bias: UnsafePointer<Float>
    var residual: UnsafePointer<Float>?
    var low: Vector
    var high: Vector

    @inline(__always) func finish(_ sum: Vector, _ out: UnsafeMutablePointer<Float>, _ x: Int) {
        var sum = sum
        if let residual { sum += load(residual + x * 16) }
        store(sum.atLeast(low).atMost(high), out + x * 16)
    }
}
