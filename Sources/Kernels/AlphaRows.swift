/// Colours times their alpha: `out = c · (α / 255)`; alpha itself stays. Interleaved, alpha last.
public func premultiplyRow(
    _ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, channels: Int, width: Int
) {
    if channels == 4 {
        for x in 0..<width {
            let pixel = UnsafeRawPointer(input + 4 * x).loadUnaligned(as: SIMD4<Float>.self)
            var result = pixel * (pixel.w / 255)
            result.w = pixel.w
            UnsafeMutableRawPointer(output + 4 * x).storeBytes(of: result, as: SIMD4<Float>.self)
        }
        return
    }
    for x in 0..<width {
        let (from, to) = (input + x * channels, output + x * channels)
        let alpha = from[channels - 1]
        for c in 0..<channels - 1 { to[c] = from[c] * (alpha / 255) }
        to[channels - 1] = alpha
    }
}

/// Colours divided by their alpha: `out = c · (255 / α)`, 0 where alpha is not above 0, then kept within the limits;
/// alpha is kept within 0…255. Interleaved, alpha last.
public func unpremultiplyRow(
    _ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, channels: Int, width: Int,
    limits: ClosedRange<Float>
) {
    if channels == 4 {
        let low = SIMD4(limits.lowerBound, limits.lowerBound, limits.lowerBound, 0)
        let high = SIMD4(limits.upperBound, limits.upperBound, limits.upperBound, 255)
        for x in 0..<width {
            let pixel = UnsafeRawPointer(input + 4 * x).loadUnaligned(as: SIMD4<Float>.self)
            let factor: Float = pixel.w > 0 ? 255 / pixel.w : 0
            var result = pixel * factor
            result.w = pixel.w
            result = result.replacing(with: low, where: result .< low)
            result = result.replacing(with: high, where: result .> high)
            UnsafeMutableRawPointer(output + 4 * x).storeBytes(of: result, as: SIMD4<Float>.self)
        }
        return
    }
    for x in 0..<width {
        let (from, to) = (input + x * channels, output + x * channels)
        let alpha = from[channels - 1]
        let factor: Float = alpha > 0 ? 255 / alpha : 0
        for c in 0..<channels - 1 { to[c] = clamp(from[c] * factor, limits.lowerBound, limits.upperBound) }
        to[channels - 1] = clamp(alpha, 0, 255)
    }
}

@inline(__always)
private func clamp(_ value: Float, _ low: Float, _ high: Float) -> Float {
    let raised = value < low ? low : value
    return raised > high ? high : raised
}

/// `output[x] = a[x] + (b[x] − a[x]) · weight`.
public func blendRow(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, weight: Float, to output: UnsafeMutablePointer<Float>,
    count: Int
) {
    for x in 0..<count { output[x] = a[x] + (b[x] - a[x]) * weight }
}

/// `output = a + (b − a) · w` for all 1…4 samples of every pixel, with `w = mask / 255`, kept within 0…1.
public func blendRow(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, mask: UnsafePointer<Float>,
    to output: UnsafeMutablePointer<Float>, channels: Int, width: Int
) {
    switch channels {
    case 1: blend(a, b, mask, output, 1, width)
    case 3: blend(a, b, mask, output, 3, width)
    case 4: blend(a, b, mask, output, 4, width)
    default: blend(a, b, mask, output, channels, width)
    }
}

@inline(__always)
private func blend(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ mask: UnsafePointer<Float>,
    _ output: UnsafeMutablePointer<Float>, _ channels: Int, _ width: Int
) {
    for x in 0..<width {
        let weight = clamp(mask[x] / 255, 0, 1)
        for i in x * channels..<(x + 1) * channels { output[i] = a[i] + (b[i] - a[i]) * weight }
    }
}

/// `output[x] = from[x] + amount · d + offset` with `d = from[x] − blurred[x]`, or `from[x] + offset` where |d| is below
/// the threshold.
public func unsharpRow(
    _ from: UnsafePointer<Float>, _ blurred: UnsafePointer<Float>, amount: Float, threshold: Float, offset: Float,
    to output: UnsafeMutablePointer<Float>, count: Int
) {
    for x in 0..<count {
        let difference = from[x] - blurred[x]
        let added = abs(difference) >= threshold ? amount * difference : 0
        output[x] = from[x] + added + offset
    }
}
