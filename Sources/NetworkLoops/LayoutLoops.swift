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
        _ block: UnsafePointer<Float>, fromLane: Int, channels: Int, plane: Int, to out: UnsafeMutablePointer<Float>
    ) {
        var first = 0
        while first < channels {
            let lane = fromLane + first, source = block + lane, target = out + first * plane
            let count = min(8, channels - first)
            // Eight lanes are read; where they are not all the pixel's, the last pixel's would lie behind the block.
            let end = lane + 8 <= 16 ? plane : plane - 1
            var p = 0
            if count == 8 {
                while p + 8 <= end {
                    transpose(source + p * 16, 16, target + p, plane)
                    p += 8
                }
            } else {
                while p + 8 <= end {
                    let t = transposed(source + p * 16, 16)
                    write(t.0, target + p)
                    if count > 1 { write(t.1, target + plane + p) }
                    if count > 2 { write(t.2, target + 2 * plane + p) }
                    if count > 3 { write(t.3, target + 3 * plane + p) }
                    if count > 4 { write(t.4, target + 4 * plane + p) }
                    if count > 5 { write(t.5, target + 5 * plane + p) }
                    if count > 6 { write(t.6, target + 6 * plane + p) }
                    p += 8
                }
            }
            while p < plane {
                for c in 0..<count { target[c * plane + p] = source[p * 16 + c] }
                p += 1
            }
            first += 8
        }
    }

    public static func unblockPixels(
        _ blocks: UnsafePointer<Float>, block: Int, first: Int, channels: Int, pixels: Range<Int>,
        to out: UnsafeMutablePointer<Float>
    ) {
        let end = pixels.upperBound * channels
        for pixel in pixels {
            var channel = 0
            while channel < channels {
                let lane = (first + channel) % 16, count = min(16 - lane, channels - channel)
                let source = blocks + (first + channel) / 16 * block + pixel * 16 + lane
                let place = pixel * channels + channel
                // Whole vectors, where what is read and written beyond the channels is there, and is written again.
                if place + 16 <= end, lane == 0 || pixel + 1 < pixels.upperBound {
                    store(load(source), out + place)
                } else {
                    for lane in 0..<count { out[place + lane] = source[lane] }
                }
                channel += count
            }
        }
    }

    public static func transpose(
        _ input: UnsafePointer<Float>, row inRow: Int, rows: Int, columns: Int, to out: UnsafeMutablePointer<Float>,
        row outRow: Int
    ) {
        var j = 0
        while j < columns {
            let width = min(8, columns - j)
            var i = 0
            if width == 8 {
                while i + 8 <= rows {
                    transpose(input + i * inRow + j, inRow, out + j * outRow + i, outRow)
                    i += 8
                }
            }
            while i < rows {
                for k in 0..<width { out[(j + k) * outRow + i] = input[i * inRow + j + k] }
                i += 1
            }
            j += width
        }
    }

    /// `out[j · outRow + i] = in[i · inRow + j]` for eight rows and columns.
    @inline(__always) private static func transpose(
        _ input: UnsafePointer<Float>, _ inRow: Int, _ out: UnsafeMutablePointer<Float>, _ outRow: Int
    ) {
        let t = transposed(input, inRow)
        write(t.0, out)
        write(t.1, out + outRow)
        write(t.2, out + 2 * outRow)
        write(t.3, out + 3 * outRow)
        write(t.4, out + 4 * outRow)
        write(t.5, out + 5 * outRow)
        write(t.6, out + 6 * outRow)
        write(t.7, out + 7 * outRow)
    }

    /// The columns of eight rows of eight.
    @inline(__always) private static func transposed(
        _ input: UnsafePointer<Float>, _ inRow: Int
    ) -> (Half, Half, Half, Half, Half, Half, Half, Half) {
        let a = read(input), b = read(input + inRow), c = read(input + 2 * inRow), d = read(input + 3 * inRow)
        let e = read(input + 4 * inRow), f = read(input + 5 * inRow), g = read(input + 6 * inRow)
        let h = read(input + 7 * inRow)
        let (a0, a1) = pairs(a, b), (c0, c1) = pairs(c, d), (e0, e1) = pairs(e, f), (g0, g1) = pairs(g, h)
        let (p0, p1) = quads(a0, c0), (p2, p3) = quads(a1, c1), (q0, q1) = quads(e0, g0), (q2, q3) = quads(e1, g1)
        return (
            Half(lowHalf: p0.lowHalf, highHalf: q0.lowHalf), Half(lowHalf: p1.lowHalf, highHalf: q1.lowHalf),
            Half(lowHalf: p2.lowHalf, highHalf: q2.lowHalf), Half(lowHalf: p3.lowHalf, highHalf: q3.lowHalf),
            Half(lowHalf: p0.highHalf, highHalf: q0.highHalf), Half(lowHalf: p1.highHalf, highHalf: q1.highHalf),
            Half(lowHalf: p2.highHalf, highHalf: q2.highHalf), Half(lowHalf: p3.highHalf, highHalf: q3.highHalf)
        )
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
