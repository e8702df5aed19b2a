extension Loops {
    /// Sixteen runs at a time, one in each lane.
    public static func softmax(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, rows: Int, count: Int
    ) {
        @inline(__always) func column(_ input: UnsafePointer<Float>, _ index: Int, _ lanes: Int) -> Vector {
            var values = Vector.zero
            for lane in 0..<lanes { values[lane] = input[lane * count + index] }
            return values
        }
        withUnsafeTemporaryAllocation(of: Vector.self, capacity: count) { exponentials in
            var row = 0
            while row < rows {
                let lanes = min(16, rows - row), input = x + row * count, out = y + row * count
                var most = column(input, 0, lanes)
                for i in 1..<max(1, count) { most = most.atLeast(column(input, i, lanes)) }
                var sum = Vector.zero
                for i in 0..<count {
                    exponentials[i] = vectorExponential(column(input, i, lanes) - most)
                    sum += exponentials[i]
                }
                for i in 0..<count {
                    let result = exponentials[i] / sum
                    for lane in 0..<lanes { out[lane * count + i] = result[lane] }
                }
                row += 16
            }
        }
    }

    public static func sum(_ x: UnsafePointer<Float>, count: Int) -> Double {
        parts(x, count, squaredAround: nil)
    }

    public static func squaredDeviations(_ x: UnsafePointer<Float>, count: Int, mean: Float) -> Double {
        parts(x, count, squaredAround: mean)
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
        var index = 0
        while index < count {
            storeUp(to: count - index, vectorExponential(loadUp(to: count - index, x + index) - shift), y + index)
            index += 16
        }
        return sum(y, count: count)
    }

    public static func affine(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int, scale: Float, shift: Float
    ) {
        let scale = Vector(scale), shift = Vector(shift)
        map(x, y, count) { shift.addingProduct($0, scale) }
    }

    public static func affine(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int, scale: Float, shift: Float,
        then factors: UnsafePointer<Float>, step: Int, plus terms: UnsafePointer<Float>, step termStep: Int
    ) {
        var i = 0
        if step == 1, termStep == 1 {
            let scale = Vector(scale), shift = Vector(shift)
            while i + 16 <= count {
                store(load(terms + i).addingProduct(shift.addingProduct(load(x + i), scale), load(factors + i)), y + i)
                i += 16
            }
        }
        while i < count {
            y[i] = terms[i * termStep].addingProduct(shift.addingProduct(x[i], scale), factors[i * step])
            i += 1
        }
    }

    /// The sum of the elements, or of the squares of their distances from a mean.
    @inline(__always) private static func parts(
        _ x: UnsafePointer<Float>, _ count: Int, squaredAround mean: Float?
    ) -> Double {
        @inline(__always) func step(_ sum: Vector, _ v: Vector) -> Vector {
            guard let mean else { return sum + v }
            let distance = v - Vector(mean)
            return sum.addingProduct(distance, distance)
        }
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
            if i + 16 <= end {
                a = step(a, load(x + i))
                i += 16
            }
            if i < end {
                // Padded with the mean, so that the padding adds nothing.
                var rest = Vector(mean ?? 0)
                for lane in 0..<(end - i) { rest[lane] = x[i + lane] }
                b = step(b, rest)
            }
            let both = a + b
            let eight = SIMD8<Double>(both.lowHalf) + SIMD8<Double>(both.highHalf)
            let four = eight.lowHalf + eight.highHalf, two = four.lowHalf + four.highHalf
            total += two[0] + two[1]
            start = end
        }
        return total
    }
}
