import Glibc

extension Loops {
    public static func normalizeAcross(
        _ input: UnsafePointer<Float>, blocks: Int, channels: Int, plane: Int, pixels: Range<Int>, before: Int,
        after: Int, scale: Float, bias: Float, power: Float, to out: UnsafeMutablePointer<Float>
    ) {
        // The squares of a few pixels' channels in a row each, with zeros where there are no channels.
        let group = 16, row = blocks * 16 + 32
        withUnsafeTemporaryAllocation(of: Float.self, capacity: group * row + group * 16) { scratch in
            let squares = scratch.baseAddress!, sums = squares + group * row
            for i in 0..<group * row { squares[i] = 0 }
            var first = pixels.lowerBound
            while first < pixels.upperBound {
                let count = min(group, pixels.upperBound - first)
                for block in 0..<blocks {
                    let from = input + block * plane + first * 16, to = squares + 16 + block * 16
                    let lanes = min(16, channels - block * 16)
                    for p in 0..<count {
                        let x = load(from + p * 16)
                        storeUp(to: lanes, x * x, to + p * row)
                    }
                }
                for block in 0..<blocks {
                    for p in 0..<count {
                        let center = squares + p * row + 16 + block * 16
                        var sum = Vector.zero
                        for place in -before...after { sum += load(center + place) }
                        store(Vector(bias).addingProduct(Vector(scale), sum), sums + p * 16)
                    }
                    let place = block * plane + first * 16
                    divide(input + place, sums, count * 16, power, out + place)
                    for p in 0..<count where channels < (block + 1) * 16 {
                        for lane in (channels - block * 16)..<16 { out[place + p * 16 + lane] = 0 }
                    }
                }
                first += count
            }
        }
    }

    /// `out[i] = x[i] / sums[i]^power`
    @inline(__always) private static func divide(
        _ x: UnsafePointer<Float>, _ sums: UnsafePointer<Float>, _ count: Int, _ power: Float,
        _ out: UnsafeMutablePointer<Float>
    ) {
        if power == 0.75 {
            for i in 0..<count {
                let root = sums[i].squareRoot()
                out[i] = x[i] / (root * root.squareRoot())
            }
        } else if power == 0.5 {
            for i in 0..<count { out[i] = x[i] / sums[i].squareRoot() }
        } else {
            for i in 0..<count { out[i] = x[i] / powf(sums[i], power) }
        }
    }
}
