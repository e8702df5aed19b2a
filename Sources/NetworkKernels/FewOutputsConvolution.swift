/// Convolution with stride 1 from padded planes to few planes, as networks end that make pictures.
///
/// Blocks of eight output channels would be mostly empty; here three output planes times 32 neighbouring pixels stay in
/// twelve registers, and every input is read once for all three.
public struct FewOutputsConvolution: Sendable {
    public let height: Int
    public let width: Int
    public let channels: Int
    public let kernelHeight: Int
    public let kernelWidth: Int
    /// Elements from one padded row, and one padded plane, to the next.
    public let row: Int
    public let plane: Int
    public let dilationY: Int
    public let dilationX: Int

    /// Output planes that are computed together.
    public static let outputs = 3
    /// The narrowest output that is computed so.
    public static let leastWidth = 32

    public init(
        height: Int, width: Int, channels: Int, kernel: (height: Int, width: Int), row: Int, plane: Int,
        dilation: (y: Int, x: Int)
    ) {
        self.height = height
        self.width = width
        self.channels = channels
        (kernelHeight, kernelWidth) = kernel
        self.row = row
        self.plane = plane
        (dilationY, dilationX) = dilation
    }

    /// Elements of the packed weights of three outputs: channel, place of the kernel, output.
    public var packedCount: Int { channels * kernelHeight * kernelWidth * Self.outputs }

    /// Some rows of up to three output planes; the missing ones are nil and their weights zero.
    public func compute(
        _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: (Float, Float, Float), rows: Range<Int>,
        to out: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?)
    ) {
        for y in rows {
            var x = 0
            while x < width {
                // The last stretch begins earlier and computes some pixels again.
                let from = min(x, width - 32)
                stretch(input + y * row + from, weights, bias, y * width + from, out)
                x += 32
            }
        }
    }

    @inline(never) private func stretch(
        _ input: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ bias: (Float, Float, Float), _ place: Int,
        _ out: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?)
    ) {
        var a0 = Vector(bias.0), b0 = Vector(bias.1), c0 = Vector(bias.2)
        var a1 = a0, a2 = a0, a3 = a0, b1 = b0, b2 = b0, b3 = b0, c1 = c0, c2 = c0, c3 = c0
        var w = weights
        for channel in 0..<channels {
            for j in 0..<kernelHeight {
                var p = input + channel * plane + j * dilationY * row
                for _ in 0..<kernelWidth {
                    let p0 = load(p), p1 = load(p + 8), p2 = load(p + 16), p3 = load(p + 24)
                    var s = Vector(w[0])
                    a0 = a0.addingProduct(s, p0)
                    a1 = a1.addingProduct(s, p1)
                    a2 = a2.addingProduct(s, p2)
                    a3 = a3.addingProduct(s, p3)
                    s = Vector(w[1])
                    b0 = b0.addingProduct(s, p0)
                    b1 = b1.addingProduct(s, p1)
                    b2 = b2.addingProduct(s, p2)
                    b3 = b3.addingProduct(s, p3)
                    s = Vector(w[2])
                    c0 = c0.addingProduct(s, p0)
                    c1 = c1.addingProduct(s, p1)
                    c2 = c2.addingProduct(s, p2)
                    c3 = c3.addingProduct(s, p3)
                    w += 3
                    p += dilationX
                }
            }
        }
        let a = out.0 + place
        store(a0, a)
        store(a1, a + 8)
        store(a2, a + 16)
        store(a3, a + 24)
        if let b = out.1.map({ $0 + place }) {
            store(b0, b)
            store(b1, b + 8)
            store(b2, b + 16)
            store(b3, b + 24)
        }
        if let c = out.2.map({ $0 + place }) {
            store(c0, c)
            store(c1, c + 8)
            store(c2, c + 16)
            store(c3, c + 24)
        }
    }
}
