import NetworkKernels

extension Loops {
    public static func maximum(
        _ pooling: PlainPooling, _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, rows: Range<Int>
    ) {
        let (source, output) = (pooling.input, pooling.output)
        let (stride, dilation, padding, kernel) = (
            pooling.stride, pooling.dilation, pooling.padding, pooling.kernel
        )
        for y in rows {
            let (top, bottom) = span(
                y, stride.height, dilation.height, padding.height, kernel.height, source.height)
            for x in 0..<output.width {
                let (left, right) = span(x, stride.width, dilation.width, padding.width, kernel.width, source.width)
                var best = Vector(-.infinity)
                for j in top..<bottom {
                    let row = input + (y * stride.height - padding.height + j * dilation.height) * source.width * 16
                    for i in left..<right {
                        let value = load(row + (x * stride.width - padding.width + i * dilation.width) * 16)
                        best = best.atLeast(value)
                    }
                }
                store(best, out + (y * output.width + x) * 16)
            }
        }
    }

    public static func mean(
        _ pooling: PlainPooling, _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, rows: Range<Int>, countsPadding: Bool
    ) {
        let (source, output) = (pooling.input, pooling.output)
        let (stride, dilation, padding, kernel) = (
            pooling.stride, pooling.dilation, pooling.padding, pooling.kernel
        )
        for y in rows {
            let (top, bottom) = span(
                y, stride.height, dilation.height, padding.height, kernel.height, source.height)
            let (_, fullBottom) = span(
                y, stride.height, dilation.height, padding.height, kernel.height, source.height + pooling.paddingEnd.height)
            for x in 0..<output.width {
                let (left, right) = span(x, stride.width, dilation.width, padding.width, kernel.width, source.width)
                let (_, fullRight) = span(
                    x, stride.width, dilation.width, padding.width, kernel.width, source.width + pooling.paddingEnd.width)
                var sum = Vector.zero
                for j in top..<bottom {
                    let row = input + (y * stride.height - padding.height + j * dilation.height) * source.width * 16
                    for i in left..<right {
                        sum += load(row + (x * stride.width - padding.width + i * dilation.width) * 16)
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
