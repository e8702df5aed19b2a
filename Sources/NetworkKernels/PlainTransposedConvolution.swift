/// Transposed convolution of planes in row-major order: every input element spreads over a window of outputs.
extension PlainConvolution {
    /// One output channel of the transposed convolution; `input` and `output` are the sizes of this operation's own
    /// input and output.
    ///
    /// `out[z·s + k·d − p, …] += w[c, k, j, i] · in[c, z, y, x]`, starting from `bias`. The weights of input channel
    /// `c` begin `c · weightStride` after `weights`.
    public func transposedChannel(
        _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, weightStride: Int, bias: Float,
        to out: UnsafeMutablePointer<Float>
    ) {
        let plane = output.depth * output.height * output.width
        for i in 0..<plane { out[i] = bias }
        for c in 0..<channels {
            let volume = input + c * self.input.depth * self.input.height * self.input.width
            var w = weights + c * weightStride
            for k in 0..<kernel.depth {
                for j in 0..<kernel.height {
                    for i in 0..<kernel.width {
                        spread(volume, (k, j, i), w[0], out)
                        w += 1
                    }
                }
            }
        }
    }

    private func spread(
        _ volume: UnsafePointer<Float>, _ place: Sizes, _ weight: Float, _ out: UnsafeMutablePointer<Float>
    ) {
        let z = place.depth * dilation.depth - padding.depth
        let y = place.height * dilation.height - padding.height
        let x = place.width * dilation.width - padding.width
        let xs = Self.inside(x, stride.width, output.width, input.width)
        for iz in Self.inside(z, stride.depth, output.depth, input.depth) {
            for iy in Self.inside(y, stride.height, output.height, input.height) {
                let oz = iz * stride.depth + z, oy = iy * stride.height + y
                let target = out + (oz * output.height + oy) * output.width + x
                let source = volume + (iz * input.height + iy) * input.width
                for ix in xs { target[ix * stride.width] += weight * source[ix] }
            }
        }
    }
}
