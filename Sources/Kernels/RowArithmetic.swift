import Raster

/// `row[x] = row[x] / divisor`, rounded once.
public func divideRow(_ row: UnsafeMutablePointer<Float>, by divisor: Float, count: Int) {
    for x in 0..<count { row[x] = row[x] / divisor }
}

/// `row[x] = row[x] · factor`; every product has to fit the type.
public func multiplyRow(_ row: UnsafeMutableRawPointer, _ type: SampleType, by factor: Int, count: Int) {
    switch type {
    case .uint8: multiply(row.assumingMemoryBound(to: UInt8.self), factor, count)
    case .uint16: multiply(row.assumingMemoryBound(to: UInt16.self), factor, count)
    case .int16: multiply(row.assumingMemoryBound(to: Int16.self), factor, count)
    case .int32: multiply(row.assumingMemoryBound(to: Int32.self), factor, count)
    case .float32:
        let row = row.assumingMemoryBound(to: Float.self)
        let factor = Float(factor)
        for x in 0..<count { row[x] *= factor }
    }
}

/// `row[x] = row[x] + term`; every sum has to fit the type.
public func addToRow(_ row: UnsafeMutableRawPointer, _ type: SampleType, term: Double, count: Int) {
    switch type {
    case .uint8: add(row.assumingMemoryBound(to: UInt8.self), term, count)
    case .uint16: add(row.assumingMemoryBound(to: UInt16.self), term, count)
    case .int16: add(row.assumingMemoryBound(to: Int16.self), term, count)
    case .int32: add(row.assumingMemoryBound(to: Int32.self), term, count)
    case .float32:
        let row = row.assumingMemoryBound(to: Float.self)
        let term = Float(term)
        for x in 0..<count { row[x] += term }
    }
}

@inline(__always)
private func multiply<Sample: FixedWidthInteger>(_ row: UnsafeMutablePointer<Sample>, _ factor: Int, _ count: Int) {
    let factor = Sample(truncatingIfNeeded: factor)
    for x in 0..<count { row[x] = row[x] &* factor }
}

@inline(__always)
private func add<Sample: FixedWidthInteger>(_ row: UnsafeMutablePointer<Sample>, _ term: Double, _ count: Int) {
    let term = Sample(truncatingIfNeeded: Int(term))
    for x in 0..<count { row[x] = row[x] &+ term }
}
