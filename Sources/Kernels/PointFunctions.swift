import Raster

/// `output[x] = table[input[x] − first]` over samples of an integer type; `pixelStride` samples apart, as for planes in
/// interleaved rows.
public func mapRow<Output>(
    _ input: UnsafeRawPointer, _ type: SampleType, table: UnsafePointer<Output>, first: Int,
    to output: UnsafeMutablePointer<Output>, count: Int
) {
    switch type {
    case .uint8: look(input.assumingMemoryBound(to: UInt8.self), table, first, output, count)
    case .uint16: look(input.assumingMemoryBound(to: UInt16.self), table, first, output, count)
    case .int16: look(input.assumingMemoryBound(to: Int16.self), table, first, output, count)
    case .int32: look(input.assumingMemoryBound(to: Int32.self), table, first, output, count)
    case .float32: preconditionFailure("tables are for integers")
    }
}

@inline(__always)
private func look<Sample: FixedWidthInteger, Output>(
    _ input: UnsafePointer<Sample>, _ table: UnsafePointer<Output>, _ first: Int,
    _ output: UnsafeMutablePointer<Output>, _ count: Int
) {
    let table = table - first
    for x in 0..<count { output[x] = table[Int(input[x])] }
}
