/// Convolution of planes as they stand in row-major order, in up to three spatial dimensions; the definition that the
/// faster versions are held against.
public struct PlainConvolution: Sendable {
    /// Sizes over depth, height and width.
    public typealias Sizes = (depth: Int, height: Int, width: Int)

    public var input: Sizes
    public var output: Sizes
    public var kernel: Sizes
    public var stride: Sizes
    public var dilation: Sizes
    /// Zeros before the first element.
    public var padding: Sizes
    /// Input channels that each output channel sees.
    public var channels: Int

    public init(
        input: Sizes, output: Sizes, kernel: Sizes, stride: Sizes, dilation: Sizes, padding: Sizes, channels: Int
    ) {
        self.input = input
        self.output = output
        self.kernel = kernel
        self.stride = stride
        self.dilation = dilation
        self.padding = padding
        self.channels = channels
    }

    /// One output channel:
    /// `out[z, y, x] = bias + Σ w[c, k, j, i] · in[c, z·s + k·d − p, y·s + j·d − p, x·s + i·d − p]`.
    public func channel(
        _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: Float, to out: UnsafeMutablePointer<Float>
    ) {
        let plane = output.depth * output.height * output.width
        for i in 0..<plane { out[i] = bias }
        var w = weights
        for c in 0..<channels {
            let volume = input + c * self.input.depth * self.input.height * self.input.width
            for k in 0..<kernel.depth {
                for j in 0..<kernel.height {
                    for i in 0..<kernel.width {
                        tap(volume, (k, j, i), w[0], out)
                        w += 1
                    }
                }
            }
        }
    }

    /// Adds one tap of the kernel to all the outputs that it reaches.
    private func tap(
        _ volume: UnsafePointer<Float>, _ place: Sizes, _ weight: Float, _ out: UnsafeMutablePointer<Float>
    ) {
        let z = place.depth * dilation.depth - padding.depth
        let y = place.height * dilation.height - padding.height
        let x = place.width * dilation.width - padding.width
        let xs = Self.inside(x, stride.width, input.width, output.width)
        for oz in Self.inside(z, stride.depth, input.depth, output.depth) {
            for oy in Self.inside(y, stride.height, input.height, output.height) {
                let iz = oz * stride.depth + z, iy = oy * stride.height + y
                let source = volume + (iz * input.height + iy) * input.width + x
                let target = out + (oz * output.height + oy) * output.width
                if stride.width == 1 {
                    for ox in xs { target[ox] += weight * source[ox] }
                } else {
                    for ox in xs { target[ox] += weight * source[ox * stride.width] }
                }
            }
        }
    }

    /// The outputs o for which `0 ≤ o · stride + offset < input`.
    public static func inside(_ offset: Int, _ stride: Int, _ input: Int, _ output: Int) -> Range<Int> {
        let first = offset >= 0 ? 0 : (stride - 1 - offset) / stride
        let last = offset >= input ? 0 : (input - offset + stride - 1) / stride
        let end = min(output, last)
        return first < end ? first..<end : 0..<0
    }
}
