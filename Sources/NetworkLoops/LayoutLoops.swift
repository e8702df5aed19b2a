import NetworkKernels

extension Loops {
    public static func block(
        _ planes: UnsafePointer<Float>, channels: Int, plane: Int, to out: UnsafeMutablePointer<Float>
    ) {
        if channels < 16 { out.update(repeating: 0, count: plane * 16) }
        var first = 0
        while first < channels {
            let source = planes + first * plane, target = out + first
            var p = 0
            if first + 8 <= channels {
                while p + 8 <= plane {
                    transpose(source + p, plane, target + p * 16, 16)
                    p += 8
                }
            }
            let count = min(8, channels - first)
            while p < plane {
                for c in 0..<count { target[p * 16 + c] = source[c * plane + p] }
                p += 1
            }
            first += 8
        }
    }

    public static func unblock(
        _ block: UnsafePointer<Float>, channels: Int, plane: Int, to out: UnsafeMutablePointer<Float>
    ) {
        var first = 0
        while first < channels {
            let source = block + first, target = out + first * plane
            var p = 0
            if first + 8 <= channels {
                while p + 8 <= plane {
                    transpose(source + p * 16, 16, target + p, plane)
                    p += 8
                }
            }
            let count = min(8, channels - first)
            while p < plane {
                for c in 0..<count { target[c * plane + p] = source[p * 16 + c] }
                p += 1
            }
            first += 8
        }
    }

    /// `out[j · outRow + i] = in[i · inRow + j]` for eight rows and columns.
    @inline(__always) private static func transpose(
        _ input: UnsafePointer<Float>, _ inRow: Int, _ out: UnsafeMutablePointer<Float>, _ outRow: Int
    ) {
        let a = read(input), b = read(input + inRow), c = read(input + 2 * inRow), d = read(input + 3 * inRow)
        let e = read(input + 4 * inRow), f = read(input + 5 * inRow), g = read(input + 6 * inRow)
        let h = read(input + 7 * inRow)
        let (a0, a1) = pairs(a, b), (c0, c1) = pairs(c, d), (e0, e1) = pairs(e, f), (g0, g1) = pairs(g, h)
        let (p0, p1) = quads(a0, c0), (p2, p3) = quads(a1, c1), (q0, q1) = quads(e0, g0), (q2, q3) = quads(e1, g1)
        write(Half(lowHalf: p0.lowHalf, highHalf: q0.lowHalf), out)
        write(Half(lowHalf: p1.lowHalf, highHalf: q1.lowHalf), out + outRow)
        write(Half(lowHalf: p2.lowHalf, highHalf: q2.lowHalf), out + 2 * outRow)
        write(Half(lowHalf: p3.lowHalf, highHalf: q3.lowHalf), out + 3 * outRow)
        write(Half(lowHalf: p0.highHalf, highHalf: q0.highHalf), out + 4 * outRow)
        write(Half(lowHalf: p1.highHalf, highHalf: q1.highHalf), out + 5 * outRow)
        write(Half(lowHalf: p2.highHalf, highHalf: q2.highHalf), out + 6 * outRow)
        write(Half(lowHalf: p3.highHalf, highHalf: q3.highHalf), out + 7 * outRow)
    }

    /// Within each half a0 b0 a1 b1 and a2 b2 a3 b3.
    @inline(__always) private static func pairs(_ a: Half, _ b: Half) -> (Half, Half) {
        (
            Half(a[0], b[0], a[1], b[1], a[4], b[4], a[5], b[5]),
            Half(a[2], b[2], a[3], b[3], a[6], b[6], a[7], b[7])
        )
    }

    /// Within each half the first two of both, and the last two of both.
    @inline(__always) private static func quads(_ a: Half, _ b: Half) -> (Half, Half) {
        (
            Half(a[0], a[1], b[0], b[1], a[4], a[5], b[4], b[5]),
            Half(a[2], a[3], b[2], b[3], a[6], a[7], b[6], b[7])
        )
    }

    @inline(__always) private static func read(_ pointer: UnsafePointer<Float>) -> Half {
        UnsafeRawPointer(pointer).loadUnaligned(as: Half.self)
    }

    @inline(__always) private static func write(_ vector: Half, _ pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Half.self)
    }
}

/// Half a block, which is transposed at once.
private typealias Half = SIMD8<Float>
