import Raster

/// Writes `count` samples of one type as samples of another; every value has to fit.
///
/// Supported: any type to itself, integers to wider or equal integers that hold their values, integers to `float32`.
public func convertRow(
    _ input: UnsafeRawPointer, _ inputType: SampleType, to output: UnsafeMutableRawPointer, _ outputType: SampleType,
    count: Int
) {
    switch inputType {
    case .uint8: convert(input.assumingMemoryBound(to: UInt8.self), to: output, outputType, count)
    case .uint16: convert(input.assumingMemoryBound(to: UInt16.self), to: output, outputType, count)
    case .int16: convert(input.assumingMemoryBound(to: Int16.self), to: output, outputType, count)
    case .int32: convert(input.assumingMemoryBound(to: Int32.self), to: output, outputType, count)
    case .float32:
        precondition(outputType == .float32, "float samples leave through quantizeRow")
        output.copyMemory(from: input, byteCount: count * 4)
    }
}

@inline(__always)
private func convert<Input: FixedWidthInteger>(
    _ input: UnsafePointer<Input>, to output: UnsafeMutableRawPointer, _ type: SampleType, _ count: Int
) {
    switch type {
    case .uint8: truncate(input, output.assumingMemoryBound(to: UInt8.self), count)
    case .uint16: truncate(input, output.assumingMemoryBound(to: UInt16.self), count)
    case .int16: truncate(input, output.assumingMemoryBound(to: Int16.self), count)
    case .int32: truncate(input, output.assumingMemoryBound(to: Int32.self), count)
    case .float32:
        let output = output.assumingMemoryBound(to: Float.self)
        for x in 0..<count { output[x] = Float(input[x]) }
    }
}

@inline(__always)
private func truncate<Input: FixedWidthInteger, Output: FixedWidthInteger>(
    _ input: UnsafePointer<Input>, _ output: UnsafeMutablePointer<Output>, _ count: Int
) {
    for x in 0..<count { output[x] = Output(truncatingIfNeeded: input[x]) }
}
