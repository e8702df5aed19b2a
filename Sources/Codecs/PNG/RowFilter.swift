/// PNG's row filters: each stored byte is the difference to a prediction from the bytes to the left (a), above (b) and
/// above left (c), modulo 256. `bytesPerPixel` is 1 for pixels of less than a byte.
enum RowFilter: UInt8, CaseIterable {
    /// 0, a, b, ⌊(a + b) / 2⌋, and the nearest of a, b, c to a + b − c.
    case none, sub, up, average, paeth
}

// MARK: - Undoing

extension RowFilter {
    /// Replaces the differences in `row` by samples. `above` is the row before, undone; zeros before the first row.
    func undo(
        _ row: UnsafeMutablePointer<UInt8>, above: UnsafePointer<UInt8>, count: Int, bytesPerPixel: Int
    ) {
        switch self {
        case .none: break
        case .sub:
            switch bytesPerPixel {
            case 3: undoSub(row, count, Packed3.self)
            case 4: undoSub(row, count, Packed4.self)
            default:
                for index in stride(from: bytesPerPixel, to: count, by: 1) { row[index] &+= row[index - bytesPerPixel] }
            }
        case .up:
            for index in 0..<count { row[index] &+= above[index] }
        case .average:
            for index in 0..<min(count, bytesPerPixel) { row[index] &+= above[index] >> 1 }
            switch bytesPerPixel {
            case 3: undoAverage(row, above, count, 3)
            case 4: undoAverage(row, above, count, 4)
            default: undoAverage(row, above, count, bytesPerPixel)
            }
        case .paeth:
            switch bytesPerPixel {
            case 3: undoPaeth(row, above, count, Packed3.self)
            case 4: undoPaeth(row, above, count, Packed4.self)
            default:
                for index in 0..<min(count, bytesPerPixel) { row[index] &+= above[index] }
                for index in stride(from: bytesPerPixel, to: count, by: 1) {
                    row[index] &+= paethPrediction(
                        row[index - bytesPerPixel], above[index], above[index - bytesPerPixel])
                }
            }
        }
    }
}

/// Pixels of 3 or 4 bytes, moved as one vector; a row's last pixels may not be read or written beyond its end.
private protocol PackedPixel {
    static var bytes: Int { get }
    static func store(_ value: SIMD4<UInt8>, at pointer: UnsafeMutablePointer<UInt8>)
}

private enum Packed4: PackedPixel {
    static var bytes: Int { 4 }

    @inline(__always)
    static func store(_ value: SIMD4<UInt8>, at pointer: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: unsafeBitCast(value, to: UInt32.self), as: UInt32.self)
    }
}

private enum Packed3: PackedPixel {
    static var bytes: Int { 3 }

    @inline(__always)
    static func store(_ value: SIMD4<UInt8>, at pointer: UnsafeMutablePointer<UInt8>) {
        let bits = unsafeBitCast(value, to: UInt32.self).littleEndian
        let raw = UnsafeMutableRawPointer(pointer)
        raw.storeBytes(of: UInt16(truncatingIfNeeded: bits).littleEndian, as: UInt16.self)
        raw.storeBytes(of: UInt8(truncatingIfNeeded: bits >> 16), toByteOffset: 2, as: UInt8.self)
    }
}

/// Four bytes from `pointer` on; the fourth is of no meaning where pixels have three. Every buffer of rows has a byte more
/// than its rows.
@inline(__always)
private func load(_ pointer: UnsafePointer<UInt8>) -> SIMD4<UInt8> {
    unsafeBitCast(UnsafeRawPointer(pointer).loadUnaligned(as: UInt32.self), to: SIMD4<UInt8>.self)
}

@inline(__always)
private func undoSub<Pixel: PackedPixel>(_ row: UnsafeMutablePointer<UInt8>, _ count: Int, _: Pixel.Type) {
    var left = SIMD4<UInt8>()
    var index = 0
    while index + Pixel.bytes <= count {
        left = left &+ load(row + index)
        Pixel.store(left, at: row + index)
        index += Pixel.bytes
    }
}

@inline(__always)
private func undoAverage(
    _ row: UnsafeMutablePointer<UInt8>, _ above: UnsafePointer<UInt8>, _ count: Int, _ bytesPerPixel: Int
) {
    for index in stride(from: bytesPerPixel, to: count, by: 1) {
        let sum = UInt16(row[index - bytesPerPixel]) &+ UInt16(above[index])
        row[index] &+= UInt8(truncatingIfNeeded: sum >> 1)
    }
}

@inline(__always)
private func undoPaeth<Pixel: PackedPixel>(
    _ row: UnsafeMutablePointer<UInt8>, _ above: UnsafePointer<UInt8>, _ count: Int, _: Pixel.Type
) {
    var left = SIMD4<Int16>()
    var corner = SIMD4<Int16>()
    var index = 0
    while index + Pixel.bytes <= count {
        let up = SIMD4<Int16>(truncatingIfNeeded: load(above + index))
        let horizontal = up &- corner
        let vertical = left &- corner
        let diagonal = horizontal &+ vertical
        let distanceLeft = magnitude(horizontal)
        let distanceUp = magnitude(vertical)
        let distanceCorner = magnitude(diagonal)
        var prediction = corner.replacing(with: up, where: distanceUp .<= distanceCorner)
        prediction.replace(with: left, where: (distanceLeft .<= distanceUp) .& (distanceLeft .<= distanceCorner))
        let value = SIMD4<UInt8>(truncatingIfNeeded: prediction) &+ load(row + index)
        Pixel.store(value, at: row + index)
        left = SIMD4<Int16>(truncatingIfNeeded: value)
        corner = up
        index += Pixel.bytes
    }
}

@inline(__always)
private func magnitude(_ value: SIMD4<Int16>) -> SIMD4<Int16> {
    let sign = value &>> 15
    return (value ^ sign) &- sign
}

/// The nearest of a (left), b (above) and c (above left) to a + b − c, in this order where two are equally near.
@inline(__always)
func paethPrediction(_ left: UInt8, _ up: UInt8, _ corner: UInt8) -> UInt8 {
    let (a, b, c) = (Int16(left), Int16(up), Int16(corner))
    let distanceLeft = abs(b &- c)
    let distanceUp = abs(a &- c)
    let distanceCorner = abs(a &+ b &- c &- c)
    if distanceLeft <= distanceUp, distanceLeft <= distanceCorner { return left }
    return distanceUp <= distanceCorner ? up : corner
}

// MARK: - Applying

extension RowFilter {
    /// Writes the differences of `row` to `out`; the sum of their magnitudes as signed bytes.
    @inline(__always)
    func apply(
        _ row: UnsafePointer<UInt8>, above: UnsafePointer<UInt8>, to out: UnsafeMutablePointer<UInt8>, count: Int,
        bytesPerPixel: Int
    ) -> Int {
        let head = min(count, bytesPerPixel)
        for index in 0..<head {
            let up = above[index]
            switch self {
            case .none, .sub: out[index] = row[index]
            case .up, .paeth: out[index] = row[index] &- up
            case .average: out[index] = row[index] &- up >> 1
            }
        }
        let rest = count - head
        let (target, sample, left, up, corner) = (
            out + head, row + head, row, above + head, above
        )
        switch self {
        case .none: target.update(from: sample, count: rest)
        case .sub: for index in 0..<rest { target[index] = sample[index] &- left[index] }
        case .up: for index in 0..<rest { target[index] = sample[index] &- up[index] }
        case .average:
            for index in 0..<rest {
                let sum = UInt16(left[index]) &+ UInt16(up[index])
                target[index] = sample[index] &- UInt8(truncatingIfNeeded: sum >> 1)
            }
        case .paeth:
            for index in 0..<rest {
                let (a, b, c) = (Int16(left[index]), Int16(up[index]), Int16(corner[index]))
                let (distanceLeft, distanceUp) = (abs(b &- c), abs(a &- c))
                let distanceCorner = abs(a &+ b &- c &- c)
                var prediction = distanceUp <= distanceCorner ? b : c
                prediction = distanceLeft <= min(distanceUp, distanceCorner) ? a : prediction
                target[index] = sample[index] &- UInt8(truncatingIfNeeded: prediction)
            }
        }
        var sum: UInt32 = 0
        for index in 0..<count {
            let value = out[index]
            sum &+= UInt32(min(value, 0 &- value))
        }
        return Int(sum)
    }
}
