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
        let isDense = c.dilationX == 1 && c.strideX <= 2
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
            for x in 0..<min(inside.lowerBound, c.width) { edge(c, strip, x, out) }
            var x = inside.lowerBound
            if isDense {
                switch (c.kernelWidth, c.strideX) {
                case (3, 1):
                    while x + 4 <= inside.upperBound {
                        four(strip, 3, 16, x, x - c.left, out)
                        x += 4
                    }
                case (3, 2):
                    while x + 4 <= inside.upperBound {
                        four(strip, 3, 32, x, 2 * x - c.left, out)
                        x += 4
                    }
                case (5, 1):
                    while x + 4 <= inside.upperBound {
                        four(strip, 5, 16, x, x - c.left, out)
                        x += 4
                    }
                case (5, 2):
                    while x + 4 <= inside.upperBound {
                        four(strip, 5, 32, x, 2 * x - c.left, out)
                        x += 4
                    }
                default: break
                }
            }
            while x + 4 <= inside.upperBound {
                four(strip, c.kernelWidth, c.strideX * 16, x, x * c.strideX - c.left, out)
                x += 4
            }
            while x < c.width {
                edge(c, strip, x, out)
                x += 1
            }
            if clamp == nil {
                apply(
                    epilogue, out, residual: residual.map { $0 + y * c.width * 16 }, slopes: slopes, pixels: c.width)
            }
        }
    }

    /// Four neighbouring pixels whose windows lie inside the input.
    @inline(__always) private static func four(
        _ strip: DepthwiseStrip, _ columns: Int, _ step: Int, _ x: Int, _ column: Int,
        _ out: UnsafeMutablePointer<Float>
    ) {
        let b = load(strip.bias)
        var c0 = b, c1 = b, c2 = b, c3 = b
        var row = strip.input + column * 16, w = strip.weights
        for _ in 0..<strip.rows {
            var p = row
            for _ in 0..<columns {
                let weight = load(w)
                c0 = c0.addingProduct(weight, load(p))
                c1 = c1.addingProduct(weight, load(p + step))
                c2 = c2.addingProduct(weight, load(p + 2 * step))
                c3 = c3.addingProduct(weight, load(p + 3 * step))
                p += strip.columnStep
                w += 16
            }
            row += strip.rowStep
        }
        strip.finish(c0, out, x)
        strip.finish(c1, out, x + 1)
        strip.finish(c2, out, x + 2)
        strip.finish(c3, out, x + 3)
    }

    /// One pixel, whose window may reach beyond the sides.
    @inline(never) private static func edge(
        _ c: DepthwiseConvolution, _ strip: DepthwiseStrip, _ x: Int, _ out: UnsafeMutablePointer<Float>
    ) {
        var sum = load(strip.bias)
        for j in 0..<strip.rows {
            for i in 0..<c.kernelWidth {
                let column = x * c.strideX - c.left + i * c.dilationX
                if column >= 0, column < c.inputWidth {
                    sum = sum.addingProduct(
                        load(strip.weights + (j * c.kernelWidth + i) * 16),
                        load(strip.input + j * strip.rowStep + column * 16))
                }
            }
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
