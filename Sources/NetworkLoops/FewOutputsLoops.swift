import NetworkKernels

extension Loops {
    public static func convolve(
        _ convolution: FewOutputsConvolution, _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
        bias: (Float, Float, Float), rows: Range<Int>, to out: FewOutputsConvolution.Outputs
    ) {
        let c = convolution
        for y in rows {
            var x = 0
            while x < c.width {
                let place = y * c.width, source = input + y * c.row
                #if WIDE
                    if c.width - x >= 64 || (c.width >= 64 && c.width - x > 32) {
                        // The last stretch begins earlier and computes some pixels again.
                        let from = min(x, c.width - 64)
                        stretch(c, 4, source + from, weights, bias, place + from, out)
                        x = from + 64
                        continue
                    }
                #endif
                let from = min(x, c.width - 32)
                stretch(c, 2, source + from, weights, bias, place + from, out)
                x = from + 32
            }
        }
    }

    /// Two or four vectors of neighbouring pixels.
    @inline(__always) private static func stretch(
        _ c: FewOutputsConvolution, _ vectors: Int, _ input: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
        _ bias: (Float, Float, Float), _ place: Int, _ out: FewOutputsConvolution.Outputs
    ) {
        var a0 = Vector(bias.0), b0 = Vector(bias.1), c0 = Vector(bias.2)
        var a1 = a0, a2 = a0, a3 = a0, b1 = b0, b2 = b0, b3 = b0, c1 = c0, c2 = c0, c3 = c0
        var w = weights
        for channel in 0..<c.channels {
            for j in 0..<c.kernelHeight {
                var p = input + channel * c.plane + j * c.dilationY * c.row
                for _ in 0..<c.kernelWidth {
                    let p0 = load(p), p1 = load(p + 16)
                    let p2 = vectors > 2 ? load(p + 32) : p0, p3 = vectors > 2 ? load(p + 48) : p0
                    var s = Vector(w[0])
                    a0 = a0.addingProduct(s, p0)
                    a1 = a1.addingProduct(s, p1)
                    if vectors > 2 {
                        a2 = a2.addingProduct(s, p2)
                        a3 = a3.addingProduct(s, p3)
                    }
                    s = Vector(w[1])
                    b0 = b0.addingProduct(s, p0)
                    b1 = b1.addingProduct(s, p1)
                    if vectors > 2 {
                        b2 = b2.addingProduct(s, p2)
                        b3 = b3.addingProduct(s, p3)
                    }
                    s = Vector(w[2])
                    c0 = c0.addingProduct(s, p0)
                    c1 = c1.addingProduct(s, p1)
                    if vectors > 2 {
                        c2 = c2.addingProduct(s, p2)
                        c3 = c3.addingProduct(s, p3)
                    }
                    w += 3
                    p += c.dilationX
                }
            }
        }
        write(a0, a1, a2, a3, vectors, out.0 + place)
        if let second = out.1 { write(b0, b1, b2, b3, vectors, second + place) }
        if let third = out.2 { write(c0, c1, c2, c3, vectors, third + place) }
    }

    @inline(__always) private static func write(
        _ v0: Vector, _ v1: Vector, _ v2: Vector, _ v3: Vector, _ vectors: Int, _ out: UnsafeMutablePointer<Float>
    ) {
        store(v0, out)
        store(v1, out + 16)
        if vectors > 2 {
            store(v2, out + 32)
            store(v3, out + 48)
        }
    }
}
