import CVector

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
    /// The filter whose differences have the smallest sum of magnitudes as signed bytes, the first of those that are equal.
    static func cheapest(
        _ row: UnsafePointer<UInt8>, above: UnsafePointer<UInt8>, count: Int, bytesPerPixel: Int
    ) -> RowFilter {
        let sums = magnitudes(row, above: above, count: count, bytesPerPixel: bytesPerPixel)
        var best = RowFilter.none
        for filter in allCases where sums[Int(filter.rawValue)] < sums[Int(best.rawValue)] { best = filter }
        return best
    }

    /// The sums of the magnitudes of the differences of all filters.
    static func magnitudes(
        _ row: UnsafePointer<UInt8>, above: UnsafePointer<UInt8>, count: Int, bytesPerPixel: Int
    ) -> SIMD8<UInt64> {
        let lanes = MemoryLayout<svertka_bytes>.size
        var result = SIMD8<UInt64>()
        func add(_ places: Range<Int>) {
            for filter in allCases {
                var sum: UInt64 = 0
                for place in places {
                    let difference = row[place] &- filter.prediction(row, above, place, bytesPerPixel)
                    sum &+= UInt64(min(difference, 0 &- difference))
                }
                result[Int(filter.rawValue)] &+= sum
            }
        }
        var place = min(count, bytesPerPixel)
        add(0..<place)
        var (none, sub, up, average, paeth) = (
            svertka_longs(), svertka_longs(), svertka_longs(), svertka_longs(), svertka_longs()
        )
        while place &+ lanes <= count {
            let sample = svertka_loaded(row + place)
            let left = svertka_loaded(row + (place &- bytesPerPixel))
            let upper = svertka_loaded(above + place)
            let corner = svertka_loaded(above + (place &- bytesPerPixel))
            none &+= svertka_magnitude_sums(sample)
            sub &+= svertka_magnitude_sums(sample &- left)
            up &+= svertka_magnitude_sums(sample &- upper)
            average &+= svertka_magnitude_sums(sample &- svertka_mean(left, upper))
            paeth &+= svertka_magnitude_sums(sample &- svertka_nearest(left, upper, corner))
            place &+= lanes
        }
        add(place..<count)
        for (filter, sums) in zip(allCases, [none, sub, up, average, paeth]) {
            result[Int(filter.rawValue)] &+= sums.wrappedSum()
        }
        return result
    }

    /// What the byte at `place` is predicted to be.
    @inline(__always)
    private func prediction(
        _ row: UnsafePointer<UInt8>, _ above: UnsafePointer<UInt8>, _ place: Int, _ bytesPerPixel: Int
    ) -> UInt8 {
        let left = place < bytesPerPixel ? 0 : row[place &- bytesPerPixel]
        let corner = place < bytesPerPixel ? 0 : above[place &- bytesPerPixel]
        return switch self {
        case .none: 0
        case .sub: left
        case .up: above[place]
        case .average: UInt8(truncatingIfNeeded: (UInt16(left) &+ UInt16(above[place])) >> 1)
        case .paeth: paethPrediction(left, above[place], corner)
        }
    }

    /// Writes the differences of `row` to `out`.
    func apply(
        _ row: UnsafePointer<UInt8>, above: UnsafePointer<UInt8>, to out: UnsafeMutablePointer<UInt8>, count: Int,
        bytesPerPixel: Int
    ) {
        switch self {
        case .none: out.update(from: row, count: count)
        case .sub: subtract(row, above, out, count, bytesPerPixel) { left, _, _ in left }
        case .up: for place in 0..<count { out[place] = row[place] &- above[place] }
        case .average: subtract(row, above, out, count, bytesPerPixel) { left, up, _ in svertka_mean(left, up) }
        case .paeth: subtract(row, above, out, count, bytesPerPixel) { svertka_nearest($0, $1, $2) }
        }
    }

    @inline(__always)
    private func subtract(
        _ row: UnsafePointer<UInt8>, _ above: UnsafePointer<UInt8>, _ out: UnsafeMutablePointer<UInt8>, _ count: Int,
        _ bytesPerPixel: Int,
        _ prediction: (_ left: svertka_bytes, _ up: svertka_bytes, _ corner: svertka_bytes) -> svertka_bytes
    ) {
        let lanes = MemoryLayout<svertka_bytes>.size
        var place = 0
        while place < min(count, bytesPerPixel) {
            out[place] = row[place] &- self.prediction(row, above, place, bytesPerPixel)
            place &+= 1
        }
        while place &+ lanes <= count {
            let predicted = prediction(
                svertka_loaded(row + (place &- bytesPerPixel)), svertka_loaded(above + place),
                svertka_loaded(above + (place &- bytesPerPixel)))
            svertka_store(out + place, svertka_loaded(row + place) &- predicted)
            place &+= lanes
        }
        while place < count {
            out[place] = row[place] &- self.prediction(row, above, place, bytesPerPixel)
            place &+= 1
        }
    }
}
