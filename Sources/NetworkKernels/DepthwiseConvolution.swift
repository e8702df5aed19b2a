/// Convolution of each channel with a kernel of its own, on blocked planes, with zeros around the input.
public struct DepthwiseConvolution: Sendable {
    public let inputHeight: Int
    public let inputWidth: Int
    public let height: Int
    public let width: Int
    public let kernelHeight: Int
    public let kernelWidth: Int
    public let strideY: Int
    public let strideX: Int
    public let dilationY: Int
    public let dilationX: Int
    public let top: Int
    public let left: Int

    public init(
        input: (height: Int, width: Int), output: (height: Int, width: Int), kernel: (height: Int, width: Int),
        stride: (y: Int, x: Int), dilation: (y: Int, x: Int), top: Int, left: Int
    ) {
        (inputHeight, inputWidth) = input
        (height, width) = output
        (kernelHeight, kernelWidth) = kernel
        (strideY, strideX) = stride
        (dilationY, dilationX) = dilation
        self.top = top
        self.left = left
    }

    /// Some output rows of one block of eight channels.
    ///
    /// - `weights`: kernel places in rows, eight channels each. `bias`, `slopes`: of the block.
    public func compute(
        _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        slopes: UnsafePointer<Float>?, residual: UnsafePointer<Float>?, epilogue: Epilogue, rows: Range<Int>,
        to output: UnsafeMutablePointer<Float>
    ) {
        // The output columns whose windows lie inside the input.
        let inside = PlainConvolution.inside(-left, strideX, inputWidth - (kernelWidth - 1) * dilationX, width)
        let step = strideX * 8
        for y in rows {
            let out = output + y * width * 8
            let firstRow = y * strideY - top
            let from = max(0, firstRow >= 0 ? 0 : (dilationY - 1 - firstRow) / dilationY)
            let to = min(kernelHeight, max(from, (inputHeight - firstRow + dilationY - 1) / dilationY))
            for x in 0..<min(inside.lowerBound, width) { edge(input, weights, bias, firstRow, from, to, x, out) }
            var x = inside.lowerBound
            while x + 4 <= inside.upperBound {
                let b = load(bias)
                var c0 = b, c1 = b, c2 = b, c3 = b
                for j in from..<to {
                    var p = input + ((firstRow + j * dilationY) * inputWidth + x * strideX - left) * 8
                    var w = weights + j * kernelWidth * 8
                    for _ in 0..<kernelWidth {
                        let weight = load(w)
                        c0 = c0.addingProduct(weight, load(p))
                        c1 = c1.addingProduct(weight, load(p + step))
                        c2 = c2.addingProduct(weight, load(p + 2 * step))
                        c3 = c3.addingProduct(weight, load(p + 3 * step))
                        p += dilationX * 8
                        w += 8
                    }
                }
                store(c0, out + x * 8)
                store(c1, out + x * 8 + 8)
                store(c2, out + x * 8 + 16)
                store(c3, out + x * 8 + 24)
                x += 4
            }
            while x < width {
                edge(input, weights, bias, firstRow, from, to, x, out)
                x += 1
            }
            if !epilogue.isEmpty {
                epilogue.apply(out, residual: residual.map { $0 + y * width * 8 }, slopes: slopes, pixels: width)
            }
        }
    }

    /// One pixel, whose window may reach beyond the sides.
    @inline(never) private func edge(
        _ input: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ firstRow: Int,
        _ from: Int, _ to: Int, _ x: Int, _ out: UnsafeMutablePointer<Float>
    ) {
        var sum = load(bias)
        for j in from..<to {
            let row = input + (firstRow + j * dilationY) * inputWidth * 8
            for i in 0..<kernelWidth {
                let column = x * strideX - left + i * dilationX
                if column >= 0, column < inputWidth {
                    sum = sum.addingProduct(load(weights + (j * kernelWidth + i) * 8), load(row + column * 8))
                }
            }
        }
        store(sum, out + x * 8)
    }
}
