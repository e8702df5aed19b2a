import Raster

/// `output[x] = w₀ R + w₁ G + w₂ B` of interleaved pixels; with whole weights and samples every sum is exact.
public func lumaRow(
    _ input: UnsafeRawPointer, _ type: SampleType, channels: Int, weights: (Float, Float, Float),
    to output: UnsafeMutablePointer<Float>, width: Int
) {
    switch type {
    case .uint8: luma(input.assumingMemoryBound(to: UInt8.self), channels, weights, output, width) { Float($0) }
    case .uint16: luma(input.assumingMemoryBound(to: UInt16.self), channels, weights, output, width) { Float($0) }
    case .int16: luma(input.assumingMemoryBound(to: Int16.self), channels, weights, output, width) { Float($0) }
    case .int32: luma(input.assumingMemoryBound(to: Int32.self), channels, weights, output, width) { Float($0) }
    case .float32: luma(input.assumingMemoryBound(to: Float.self), channels, weights, output, width) { $0 }
    }
}

@inline(__always)
private func luma<Sample>(
    _ input: UnsafePointer<Sample>, _ channels: Int, _ weights: (Float, Float, Float),
    _ output: UnsafeMutablePointer<Float>, _ width: Int, _ float: (Sample) -> Float
) {
    for x in 0..<width {
        let p = input + x * channels
        output[x] = weights.0 * float(p[0]) + weights.1 * float(p[1]) + weights.2 * float(p[2])
    }
}
