extension Loops {
    public static func sum(_ x: UnsafePointer<Float>, count: Int) -> Double {
        parts(x, count) { sum, v in sum + v }
    }

    public static func squaredDeviations(_ x: UnsafePointer<Float>, count: Int, mean: Float) -> Double {
        let mean = Vector(mean)
        // The last vector is padded with the mean, so that the padding adds nothing.
        return parts(x, count, padding: mean[0]) { sum, v in
            let d = v - mean
            return sum.addingProduct(d, d)
        }
    }

    public static func maximum(_ x: UnsafePointer<Float>, count: Int) -> Float {
        if count == 0 { return -.infinity }
        var i = 0
        var result = x[0]
        if count >= 16 {
            var best = load(x)
            i = 16
            while i + 16 <= count {
                best = best.atLeast(load(x + i))
                i += 16
            }
            result = best[0]
            for lane in 1..<16 { result = result < best[lane] ? best[lane] : result }
        }
        while i < count {
            result = result < x[i] ? x[i] : result
            i += 1
        }
        return result
    }

    public static func exponentials(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int, shift: Float
    ) -> Double {
        let shift = Vector(shift)
        map(x, y, count) { vectorExponential($0 - shift) }
        return sum(y, count: count)
    }

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
            while i + 32 <= end {
                a = step(a, load(x + i))
                b = step(b, load(x + i + 16))
                i += 32
            }
            while i + 16 <= end {
                a = step(a, load(x + i))
                i += 16
            }
            if i < end {
                var rest = Vector(padding)
                for lane in 0..<(end - i) { rest[lane] = x[i + lane] }
                b = step(b, rest)
            }
            let both = a + b
            for lane in 0..<16 { total += Double(both[lane]) }
            start = end
        }
        return total
    }
}
