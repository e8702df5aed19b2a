/// Pooling of blocked planes, eight channels at a time.
extension PlainPooling {
    /// The largest elements of some output rows of one block; only height and width count.
    public func blockedMaximum(
        _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, rows: Range<Int>
    ) {
        for y in rows {
            let (top, bottom) = span(
                y, stride.height, dilation.height, padding.height, kernel.height, self.input.height)
            for x in 0..<output.width {
                let (left, right) = span(x, stride.width, dilation.width, padding.width, kernel.width, self.input.width)
                var best = Vector(-.infinity)
                for j in top..<bottom {
                    let row = input + (y * stride.height - padding.height + j * dilation.height) * self.input.width * 8
                    for i in left..<right {
                        let value = load(row + (x * stride.width - padding.width + i * dilation.width) * 8)
                        best = best.atLeast(value)
                    }
                }
                store(best, out + (y * output.width + x) * 8)
            }
        }
    }

    /// The means of some output rows of one block.
    public func blockedMean(
        _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, rows: Range<Int>, countsPadding: Bool
    ) {
        for y in rows {
            let (top, bottom) = span(
                y, stride.height, dilation.height, padding.height, kernel.height, self.input.height)
            let (_, fullBottom) = span(
                y, stride.height, dilation.height, padding.height, kernel.height, self.input.height + paddingEnd.height)
            for x in 0..<output.width {
                let (left, right) = span(x, stride.width, dilation.width, padding.width, kernel.width, self.input.width)
                let (_, fullRight) = span(
                    x, stride.width, dilation.width, padding.width, kernel.width, self.input.width + paddingEnd.width)
                var sum = Vector.zero
                for j in top..<bottom {
                    let row = input + (y * stride.height - padding.height + j * dilation.height) * self.input.width * 8
                    for i in left..<right {
                        sum += load(row + (x * stride.width - padding.width + i * dilation.width) * 8)
                    }
                }
                let count = countsPadding ? fullBottom * fullRight : (bottom - top) * (right - left)
                store(count == 0 ? Vector.zero : sum / Vector(Float(count)), out + (y * output.width + x) * 8)
            }
        }
    }

    /// The kernel places of a window that lie inside the input along one axis.
    @inline(__always) private func span(
        _ output: Int, _ stride: Int, _ dilation: Int, _ padding: Int, _ kernel: Int, _ input: Int
    ) -> (Int, Int) {
        let start = output * stride - padding
        let first = start >= 0 ? 0 : (dilation - 1 - start) / dilation
        let last = min(kernel, max(0, input - start + dilation - 1) / dilation)
        return (first, max(first, last))
    }
}

/// Sums over whole blocked planes.
public enum BlockedPlanes {
    /// Copies blocked pixels to places that lie further apart.
    public static func spread(
        _ input: UnsafePointer<Float>, rows: Int, columns: Int, to out: UnsafeMutablePointer<Float>, rowStep: Int,
        columnStep: Int
    ) {
        var source = input
        for y in 0..<rows {
            var target = out + y * rowStep
            for _ in 0..<columns {
                store(load(source), target)
                source += 8
                target += columnStep
            }
        }
    }

    /// The mean of each of the eight channels of a block.
    public static func mean(_ input: UnsafePointer<Float>, pixels: Int, to out: UnsafeMutablePointer<Float>) {
        store(total(input, pixels) { $0 } / Vector(Float(pixels)), out)
    }

    /// `out = scale · (x − mean) / √(variance + epsilon) + bias` for each of the eight channels of a block.
    public static func normalize(
        _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, pixels: Int, epsilon: Float,
        scale: UnsafePointer<Float>, bias: UnsafePointer<Float>
    ) {
        let count = Vector(Float(pixels))
        let mean = total(input, pixels) { $0 } / count
        let variance = total(input, pixels) { ($0 - mean) * ($0 - mean) } / count
        let factor = load(scale) / (variance + Vector(epsilon)).squareRoot()
        affine(input, to: out, pixels: pixels, factor, load(bias) - mean * factor)
    }

    /// `out = scale · x + shift`, eight channels with their own scale and shift.
    public static func affine(
        _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, pixels: Int,
        scale: UnsafePointer<Float>, shift: UnsafePointer<Float>
    ) {
        affine(input, to: out, pixels: pixels, load(scale), load(shift))
    }

    @inline(__always) private static func affine(
        _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, pixels: Int, _ scale: Vector,
        _ shift: Vector
    ) {
        for p in 0..<pixels { store(shift.addingProduct(load(input + p * 8), scale), out + p * 8) }
    }

    /// Sums in parts of 512 pixels, so that large planes lose no precision.
    @inline(__always) private static func total(
        _ input: UnsafePointer<Float>, _ pixels: Int, _ value: (Vector) -> Vector
    ) -> Vector {
        var sum = Vector.zero
        var start = 0
        while start < pixels {
            let end = min(pixels, start + 512)
            var a = Vector.zero, b = Vector.zero, c = Vector.zero, d = Vector.zero
            var p = start
            while p + 4 <= end {
                a += value(load(input + p * 8))
                b += value(load(input + p * 8 + 8))
                c += value(load(input + p * 8 + 16))
                d += value(load(input + p * 8 + 24))
                p += 4
            }
            while p < end {
                a += value(load(input + p * 8))
                p += 1
            }
            sum += (a + b) + (c + d)
            start = end
        }
        return sum
    }

    /// `out = f(x, y[c])` with one number for each of the eight channels of a block.
    public static func perChannel(
        _ function: BinaryFunction, _ input: UnsafePointer<Float>, _ channels: UnsafePointer<Float>, swapped: Bool,
        to out: UnsafeMutablePointer<Float>, pixels: Int
    ) {
        let y = load(channels)
        switch function {
        case .add: for p in 0..<pixels { store(load(input + p * 8) + y, out + p * 8) }
        case .multiply: for p in 0..<pixels { store(load(input + p * 8) * y, out + p * 8) }
        case .subtract where swapped: for p in 0..<pixels { store(y - load(input + p * 8), out + p * 8) }
        case .subtract: for p in 0..<pixels { store(load(input + p * 8) - y, out + p * 8) }
        case .divide where swapped: for p in 0..<pixels { store(y / load(input + p * 8), out + p * 8) }
        case .divide: for p in 0..<pixels { store(load(input + p * 8) / y, out + p * 8) }
        case .prelu:
            for p in 0..<pixels {
                let x = load(input + p * 8)
                store(Vector.select(x .< Vector.zero, x * y, x), out + p * 8)
            }
        case .maximum, .minimum, .power:
            for p in 0..<pixels {
                let a = swapped ? channels : input + p * 8, b = swapped ? input + p * 8 : channels
                function.apply(a, step: 1, b, step: 1, to: out + p * 8, count: 8)
            }
        }
    }
}
