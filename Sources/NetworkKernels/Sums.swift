/// Sums and extremes of runs of float32, always in the same order.
public enum Sums {
    /// `Σ x[i]` in eight partial sums, which are added in order at the end of each 4096 elements and the parts in
    /// float64.
    public static func sum(_ x: UnsafePointer<Float>, count: Int) -> Double {
        parts(x, count) { sum, v in sum + v }
    }

    /// `Σ (x[i] − mean)²`
    public static func squaredDeviations(_ x: UnsafePointer<Float>, count: Int, mean: Float) -> Double {
        let mean = Vector(mean)
        // The last vector is padded with the mean, so that the padding adds nothing.
        return parts(x, count, padding: mean[0]) { sum, v in
            let d = v - mean
            return sum.addingProduct(d, d)
        }
    }

    /// The largest element; −∞ for none, NaN where the first is one.
    public static func maximum(_ x: UnsafePointer<Float>, count: Int) -> Float {
        if count == 0 { return -.infinity }
        var i = 0
        var result = x[0]
        if count >= 8 {
            var best = load(x)
            i = 8
            while i + 8 <= count {
                best = best.atLeast(load(x + i))
                i += 8
            }
            result = best[0]
            for lane in 1..<8 { result = result < best[lane] ? best[lane] : result }
        }
        while i < count {
            result = result < x[i] ? x[i] : result
            i += 1
        }
        return result
    }

    /// `y[i] = e^(x[i] − shift)`, and the sum of them.
    public static func exponentials(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int, shift: Float
    ) -> Double {
        let shift = Vector(shift)
        map(x, y, count) { exponential($0 - shift) }
        return sum(y, count: count)
    }

    /// `y[i] = scale · x[i] + shift`
    public static func affine(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int, scale: Float, shift: Float
    ) {
        let scale = Vector(scale), shift = Vector(shift)
        map(x, y, count) { shift.addingProduct($0, scale) }
    }

    @inline(__always) private static func parts(
        _ x: UnsafePointer<Float>, _ count: Int, padding: Float = 0, _ step: (Vector, Vector) -> Vector
    ) -> Double {
        var total = 0.0
        var start = 0
        while start < count {
            let end = min(count, start + 4096)
            var a = Vector.zero, b = Vector.zero
            var i = start
            while i + 16 <= end {
                a = step(a, load(x + i))
                b = step(b, load(x + i + 8))
                i += 16
            }
            while i + 8 <= end {
                a = step(a, load(x + i))
                i += 8
            }
            if i < end {
                var rest = Vector(padding)
                for lane in 0..<(end - i) { rest[lane] = x[i + lane] }
                b = step(b, rest)
            }
            let both = a + b
            for lane in 0..<8 { total += Double(both[lane]) }
            start = end
        }
        return total
    }
}
