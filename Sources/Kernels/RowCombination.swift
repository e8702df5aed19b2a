import Raster

/// How two samples become one.
public enum RowCombination: Sendable {
    case add, subtract, maximum, minimum
}

/// `output[x] = output[x] ∘ input[x]`; sums of integers wrap around.
public func combineRow(
    _ combination: RowCombination, _ type: SampleType, _ input: UnsafeRawPointer,
    into output: UnsafeMutableRawPointer, count: Int
) {
    switch type {
    case .uint8: combineWhole(combination, UInt8.self, input, output, count)
    case .uint16: combineWhole(combination, UInt16.self, input, output, count)
    case .int16: combineWhole(combination, Int16.self, input, output, count)
    case .int32: combineWhole(combination, Int32.self, input, output, count)
    case .float32:
        switch combination {
        case .add: combine(Float.self, input, output, count) { $0 + $1 }
        case .subtract: combine(Float.self, input, output, count) { $0 - $1 }
        case .maximum: combine(Float.self, input, output, count) { $0 < $1 ? $1 : $0 }
        case .minimum: combine(Float.self, input, output, count) { $1 < $0 ? $1 : $0 }
        }
    }
}

/// `output[x] = output[x] · input[x] / divisor`.
public func multiplyRow(
    _ output: UnsafeMutablePointer<Float>, by input: UnsafePointer<Float>, divisor: Float, count: Int
) {
    if divisor == 1 {
        for x in 0..<count { output[x] = output[x] * input[x] }
    } else {
        for x in 0..<count { output[x] = output[x] * input[x] / divisor }
    }
}

/// `output[x] = output[x]² + input[x]²`, or with a row that holds squares already, `output[x] + input[x]²`.
public func addSquares(
    of input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, holdsSquares: Bool, count: Int
) {
    if holdsSquares {
        for x in 0..<count { output[x] = output[x] + input[x] * input[x] }
    } else {
        for x in 0..<count { output[x] = output[x] * output[x] + input[x] * input[x] }
    }
}

/// `row[x] = √row[x]`.
public func squareRootRow(_ row: UnsafeMutablePointer<Float>, count: Int) {
    for x in 0..<count { row[x] = row[x].squareRoot() }
}

@inline(__always)
private func combineWhole<Sample: FixedWidthInteger>(
    _ combination: RowCombination, _ type: Sample.Type, _ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer,
    _ count: Int
) {
    switch combination {
    case .add: combine(type, input, output, count) { $0 &+ $1 }
    case .subtract: combine(type, input, output, count) { $0 &- $1 }
    case .maximum: combine(type, input, output, count) { $0 < $1 ? $1 : $0 }
    case .minimum: combine(type, input, output, count) { $1 < $0 ? $1 : $0 }
    }
}

@inline(__always)
private func combine<Sample>(
    _ type: Sample.Type, _ input: UnsafeRawPointer, _ output: UnsafeMutableRawPointer, _ count: Int,
    _ operation: (Sample, Sample) -> Sample
) {
    let input = input.assumingMemoryBound(to: type)
    let output = output.assumingMemoryBound(to: type)
    for x in 0..<count { output[x] = operation(output[x], input[x]) }
}
