/// Planes in blocks of eight channels: element (n, c, p) of `[N, C, P]` lies at `((n · B + c / 8) · P + p) · 8 + c % 8`
/// with `B = ⌈C / 8⌉`. Channels that are missing from the last block hold finite numbers of no meaning.
public enum BlockedLayout {
    public static let width = 8

    public static func blocks(_ channels: Int) -> Int { (channels + width - 1) / width }

    /// One block of eight channels out of planes; missing channels become zero.
    public static func block(
        _ planes: UnsafePointer<Float>, channels: Int, plane: Int, to out: UnsafeMutablePointer<Float>
    ) {
        if channels == width {
            var p = 0
            while p + 8 <= plane {
                transpose(planes + p, plane, out + p * 8, 8)
                p += 8
            }
            while p < plane {
                for c in 0..<8 { out[p * 8 + c] = planes[c * plane + p] }
                p += 1
            }
            return
        }
        for p in 0..<plane {
            for c in 0..<channels { out[p * 8 + c] = planes[c * plane + p] }
            for c in channels..<width { out[p * 8 + c] = 0 }
        }
    }

    /// The planes of one block of eight channels.
    public static func unblock(
        _ block: UnsafePointer<Float>, channels: Int, plane: Int, to out: UnsafeMutablePointer<Float>
    ) {
        if channels == width {
            var p = 0
            while p + 8 <= plane {
                transpose(block + p * 8, 8, out + p, plane)
                p += 8
            }
            while p < plane {
                for c in 0..<8 { out[c * plane + p] = block[p * 8 + c] }
                p += 1
            }
            return
        }
        for c in 0..<channels { for p in 0..<plane { out[c * plane + p] = block[p * 8 + c] } }
    }

    /// `out[j · outRow + i] = in[i · inRow + j]` for eight rows and columns.
    @inline(__always) private static func transpose(
        _ input: UnsafePointer<Float>, _ inRow: Int, _ out: UnsafeMutablePointer<Float>, _ outRow: Int
    ) {
        let a = load(input), b = load(input + inRow), c = load(input + 2 * inRow), d = load(input + 3 * inRow)
        let e = load(input + 4 * inRow), f = load(input + 5 * inRow), g = load(input + 6 * inRow)
        let h = load(input + 7 * inRow)
        let (a0, a1) = pairs(a, b), (c0, c1) = pairs(c, d), (e0, e1) = pairs(e, f), (g0, g1) = pairs(g, h)
        let (p0, p1) = quads(a0, c0), (p2, p3) = quads(a1, c1), (q0, q1) = quads(e0, g0), (q2, q3) = quads(e1, g1)
        store(Vector(lowHalf: p0.lowHalf, highHalf: q0.lowHalf), out)
        store(Vector(lowHalf: p1.lowHalf, highHalf: q1.lowHalf), out + outRow)
        store(Vector(lowHalf: p2.lowHalf, highHalf: q2.lowHalf), out + 2 * outRow)
        store(Vector(lowHalf: p3.lowHalf, highHalf: q3.lowHalf), out + 3 * outRow)
        store(Vector(lowHalf: p0.highHalf, highHalf: q0.highHalf), out + 4 * outRow)
        store(Vector(lowHalf: p1.highHalf, highHalf: q1.highHalf), out + 5 * outRow)
        store(Vector(lowHalf: p2.highHalf, highHalf: q2.highHalf), out + 6 * outRow)
        store(Vector(lowHalf: p3.highHalf, highHalf: q3.highHalf), out + 7 * outRow)
    }

    /// Within each half a0 b0 a1 b1 and a2 b2 a3 b3.
    @inline(__always) private static func pairs(_ a: Vector, _ b: Vector) -> (Vector, Vector) {
        (
            Vector(a[0], b[0], a[1], b[1], a[4], b[4], a[5], b[5]),
            Vector(a[2], b[2], a[3], b[3], a[6], b[6], a[7], b[7])
        )
    }

    /// Within each half the first two of both, and the last two of both.
    @inline(__always) private static func quads(_ a: Vector, _ b: Vector) -> (Vector, Vector) {
        (
            Vector(a[0], a[1], b[0], b[1], a[4], a[5], b[4], b[5]),
            Vector(a[2], a[3], b[2], b[3], a[6], a[7], b[6], b[7])
        )
    }
}
