import NetworkKernels

extension Loops {
    public static func maximum(
        _ pooling: PlainPooling, _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, rows: Range<Int>
    ) {
        let (source, output) = (pooling.input, pooling.output)
        let (stride, dilation, padding, kernel) = (
            pooling.stride, pooling.dilation, pooling.padding, pooling.kernel
        )
        let inside = PlainConvolution.inside(
            -padding.width, stride.width, source.width - (kernel.width - 1) * dilation.width, output.width)
        for y in rows {
            let (top, bottom) = span(
                y, stride.height, dilation.height, padding.height, kernel.height, source.height)
            for x in 0..<output.width {
                let (left, right) =
                    inside.contains(x)
                    ? (0, kernel.width)
                    : span(x, stride.width, dilation.width, padding.width, kernel.width, source.width)
                var best = Vector(-.infinity)
                for j in top..<bottom {
                    let row = input + (y * stride.height - padding.height + j * dilation.height) * source.width * 16
                    var p = row + (x * stride.width - padding.width + left * dilation.width) * 16
                    for _ in left..<right {
                        best = best.atLeast(load(p))
                        p += dilation.width * 16
                    }
                }
                store(best, out + (y * output.width + x) * 16)
            }
        }
    }

    public static func mean(
        _ pooling: PlainPooling, _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, rows: Range<Int>,
        countsPadding: Bool
    ) {
        let (source, output) = (pooling.input, pooling.output)
        let (stride, dilation, padding, kernel) = (
            pooling.stride, pooling.dilation, pooling.padding, pooling.kernel
        )
        let inside = PlainConvolution.inside(
            -padding.width, stride.width, source.width - (kernel.width - 1) * dilation.width, output.width)
        for y in rows {
            let (top, bottom) = span(
                y, stride.height, dilation.height, padding.height, kernel.height, source.height)
            let (_, fullBottom) = span(
                y, stride.height, dilation.height, padding.height, kernel.height,
                source.height + pooling.paddingEnd.height)
            for x in 0..<output.width {
                let (left, right) =
                    inside.contains(x)
                    ? (0, kernel.width)
                    : span(x, stride.width, dilation.width, padding.width, kernel.width, source.width)
                let (_, fullRight) =
                    inside.contains(x)
                    ? (0, kernel.width)
                    : span(
                        x, stride.width, dilation.width, padding.width, kernel.width,
                        source.width + pooling.paddingEnd.width)
                var sum = Vector.zero
                for j in top..<bottom {
                    let row = input + (y * stride.height - padding.height + j * dilation.height) * source.width * 16
                    var p = row + (x * stride.width - padding.width + left * dilation.width) * 16
                    for _ in left..<right {
                        sum += load(p)
                        p += dilation.width * 16
                    }
                }
                let count = countsPadding ? fullBottom * fullRight : (bottom - top) * (right - left)
                store(count == 0 ? Vector.zero : sum / Vector(Float(count)), out + (y * output.width + x) * 16)
            }
        }
    }

    /// The kernel places of a window that lie inside the input along one axis.
    @inline(__always) private static func span(
        _ output: Int, _ stride: Int, _ dilation: Int, _ padding: Int, _ kernel: Int, _ input: Int
    ) -> (Int, Int) {
        let start = output * stride - padding
        let first = start >= 0 ? 0 : (dilation - 1 - start) / dilation
        let last = min(kernel, max(0, input - start + dilation - 1) / dilation)
        return (first, max(first, last))
    }
}
