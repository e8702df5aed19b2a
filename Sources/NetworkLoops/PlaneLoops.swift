import NetworkKernels

extension Loops {
    public static func copyLanes(
        _ input: UnsafePointer<Float>, fromLane: Int, to out: UnsafeMutablePointer<Float>, toLane: Int, count: Int,
        pixels: Int
    ) {
        let input = input + fromLane, out = out + toLane
        if count == 16 {
            for p in 0..<pixels { store(load(input + p * 16), out + p * 16) }
        } else if count == 8 {
            for p in 0..<pixels {
                let half = UnsafeRawPointer(input + p * 16).loadUnaligned(as: SIMD8<Float>.self)
                UnsafeMutableRawPointer(out + p * 16).storeBytes(of: half, as: SIMD8<Float>.self)
            }
        } else {
            for p in 0..<pixels { for lane in 0..<count { out[p * 16 + lane] = input[p * 16 + lane] } }
        }
    }

    public static func spread(
        _ input: UnsafePointer<Float>, rows: Int, columns: Int, to out: UnsafeMutablePointer<Float>, rowStep: Int,
        columnStep: Int
    ) {
        var source = input
        for y in 0..<rows {
            var target = out + y * rowStep
            for _ in 0..<columns {
                store(load(source), target)
                source += 16
                target += columnStep
            }
        }
    }

    public static func mean(_ input: UnsafePointer<Float>, pixels: Int, to out: UnsafeMutablePointer<Float>) {
        store(total(input, pixels) { $0 } / Vector(Float(pixels)), out)
    }

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

    public static func scale(
        _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, pixels: Int,
        scale: UnsafePointer<Float>, shift: UnsafePointer<Float>
    ) {
        affine(input, to: out, pixels: pixels, load(scale), load(shift))
    }

    @inline(__always) private static func affine(
        _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, pixels: Int, _ scale: Vector,
        _ shift: Vector
    ) {
        for p in 0..<pixels { store(shift.addingProduct(load(input + p * 16), scale), out + p * 16) }
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
                a += value(load(input + p * 16))
                b += value(load(input + p * 16 + 16))
                c += value(load(input + p * 16 + 32))
                d += value(load(input + p * 16 + 48))
                p += 4
            }
            while p < end {
                a += value(load(input + p * 16))
                p += 1
            }
            sum += (a + b) + (c + d)
            start = end
        }
        return sum
    }

    public static func perChannel(
        _ function: BinaryFunction, _ input: UnsafePointer<Float>, _ channels: UnsafePointer<Float>, swapped: Bool,
        to out: UnsafeMutablePointer<Float>, pixels: Int
    ) {
        let y = load(channels)
        switch function {
        case .add: for p in 0..<pixels { store(load(input + p * 16) + y, out + p * 16) }
        case .multiply: for p in 0..<pixels { store(load(input + p * 16) * y, out + p * 16) }
        case .subtract where swapped: for p in 0..<pixels { store(y - load(input + p * 16), out + p * 16) }
        case .subtract: for p in 0..<pixels { store(load(input + p * 16) - y, out + p * 16) }
        case .divide where swapped: for p in 0..<pixels { store(y / load(input + p * 16), out + p * 16) }
        case .divide: for p in 0..<pixels { store(load(input + p * 16) / y, out + p * 16) }
        case .prelu:
            for p in 0..<pixels {
                let x = load(input + p * 16)
                store(Vector.select(x .< Vector.zero, x * y, x), out + p * 16)
            }
        case .maximum, .minimum, .power:
            for p in 0..<pixels {
                let a = swapped ? channels : input + p * 16, b = swapped ? input + p * 16 : channels
                apply(function, a, step: 1, b, step: 1, to: out + p * 16, count: 16)
            }
        }
    }
}
