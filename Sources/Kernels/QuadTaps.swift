internal import CVector
import KernelParameters

/// Four rows of `Σ weight · byte + term` over quads; sums wrap around. This is the definition of `convolveQuads`.
public func convolveQuadsScalar(_ work: QuadWork) {
    for row in 0..<4 {
        for x in 0..<work.count {
            var sum = work.term
            for index in 0..<work.commonCount + (row < 2 ? 0 : work.lowerCount) {
                let tap = work.taps[index]
                let weights =
                    row == 0 ? tap.weights0 : row == 1 ? tap.weights1 : row == 2 ? tap.weights2 : tap.weights3
                for i in 0..<4 {
                    let byte = work.quads.load(fromByteOffset: tap.byteOffset + 4 * x + i, as: UInt8.self)
                    let weight = Int8(truncatingIfNeeded: weights >> Int32(8 * i))
                    sum = sum &+ Int32(byte) &* Int32(weight)
                }
            }
            switch work.end {
            case .sums: work.outputs[row].storeBytes(of: sum, toByteOffset: 4 * x, as: Int32.self)
            case .bytes: work.outputs[row].storeBytes(of: UInt8(min(max(sum, 0), 255)), toByteOffset: x, as: UInt8.self)
            case .scaledBytes(let factor, let term):
                let scaled = Int32(min(max(Float(sum) * factor + term, 0), 255))
                work.outputs[row].storeBytes(of: UInt8(scaled), toByteOffset: x, as: UInt8.self)
            }
        }
    }
}

/// One row of a tile: as many sums as fit the registers beside those of three more rows.
private struct TileRow {
    #if WIDE && arch(x86_64)
        static let sampleCount = 64
        var a, b, c, d: svertka_ints

        @inline(__always)
        init(_ value: Int32) {
            a = svertka_ints(repeating: value)
            (b, c, d) = (a, a, a)
        }

        @inline(__always)
        mutating func add(_ bytes: TileRow, _ weights: Int32) {
            let w = svertka_ints(repeating: weights)
            a = svertka_dot_products(a, bytes.a, w)
            b = svertka_dot_products(b, bytes.b, w)
            c = svertka_dot_products(c, bytes.c, w)
            d = svertka_dot_products(d, bytes.d, w)
        }

        @inline(__always)
        init(at pointer: UnsafeRawPointer) {
            a = pointer.loadUnaligned(as: svertka_ints.self)
            b = pointer.loadUnaligned(fromByteOffset: 64, as: svertka_ints.self)
            c = pointer.loadUnaligned(fromByteOffset: 128, as: svertka_ints.self)
            d = pointer.loadUnaligned(fromByteOffset: 192, as: svertka_ints.self)
        }

        @inline(__always)
        func store(_ pointer: UnsafeMutableRawPointer) {
            pointer.storeBytes(of: a, as: svertka_ints.self)
            pointer.storeBytes(of: b, toByteOffset: 64, as: svertka_ints.self)
            pointer.storeBytes(of: c, toByteOffset: 128, as: svertka_ints.self)
            pointer.storeBytes(of: d, toByteOffset: 192, as: svertka_ints.self)
        }

        @inline(__always)
        func storeBytes(_ pointer: UnsafeMutableRawPointer) { svertka_store_bytes(pointer, a, b, c, d) }

        @inline(__always)
        mutating func scale(_ factor: svertka_floats, _ term: svertka_floats) {
            a = svertka_scaled(a, factor, term)
            b = svertka_scaled(b, factor, term)
            c = svertka_scaled(c, factor, term)
            d = svertka_scaled(d, factor, term)
        }
    #else
        static let sampleCount = 16
        var a, b: svertka_ints

        @inline(__always)
        init(_ value: Int32) {
            a = svertka_ints(repeating: value)
            b = a
        }

        @inline(__always)
        mutating func add(_ bytes: TileRow, _ weights: Int32) {
            let w = svertka_ints(repeating: weights)
            a = svertka_dot_products(a, bytes.a, w)
            b = svertka_dot_products(b, bytes.b, w)
        }

        @inline(__always)
        init(at pointer: UnsafeRawPointer) {
            a = pointer.loadUnaligned(as: svertka_ints.self)
            b = pointer.loadUnaligned(fromByteOffset: 32, as: svertka_ints.self)
        }

        @inline(__always)
        func store(_ pointer: UnsafeMutableRawPointer) {
            pointer.storeBytes(of: a, as: svertka_ints.self)
            pointer.storeBytes(of: b, toByteOffset: 32, as: svertka_ints.self)
        }

        @inline(__always)
        func storeBytes(_ pointer: UnsafeMutableRawPointer) { svertka_store_bytes(pointer, a, b) }

        @inline(__always)
        mutating func scale(_ factor: svertka_floats, _ term: svertka_floats) {
            a = svertka_scaled(a, factor, term)
            b = svertka_scaled(b, factor, term)
        }
    #endif
}

/// Four rows of sums of quad taps, a tile of them in registers at a time: each load serves the four rows.
///
/// Equal to `convolveQuadsScalar` where `|w| + |w'| ≤ 128` for every two neighbouring weights of a quad. Quads are read
/// up to a tile beyond the last sample.
public func convolveQuads(_ work: QuadWork) {
    switch work.end {
    case .sums:
        convolve(work, bytesPerSample: 4) { row, pointer in row.store(pointer) }
    case .bytes:
        convolve(work, bytesPerSample: 1) { row, pointer in row.storeBytes(pointer) }
    case .scaledBytes(let factor, let term):
        let factor = svertka_floats(repeating: factor)
        let term = svertka_floats(repeating: term)
        convolve(work, bytesPerSample: 1) { row, pointer in
            var row = row
            row.scale(factor, term)
            row.storeBytes(pointer)
        }
    }
}

@inline(__always)
private func convolve(
    _ work: QuadWork, bytesPerSample: Int, _ end: (TileRow, UnsafeMutableRawPointer) -> Void
) {
    let commonEnd = work.taps + work.commonCount
    let lowerEnd = commonEnd + work.lowerCount
    let (to0, to1, to2, to3) = (work.outputs[0], work.outputs[1], work.outputs[2], work.outputs[3])
    var x = 0
    while x < work.count {
        var row0 = TileRow(work.term)
        var (row1, row2, row3) = (row0, row0, row0)
        let start = work.quads + 4 * x
        var tap = work.taps
        while tap < commonEnd {
            let bytes = TileRow(at: start + tap.pointee.byteOffset)
            row0.add(bytes, tap.pointee.weights0)
            row1.add(bytes, tap.pointee.weights1)
            row2.add(bytes, tap.pointee.weights2)
            row3.add(bytes, tap.pointee.weights3)
            tap += 1
        }
        while tap < lowerEnd {
            let bytes = TileRow(at: start + tap.pointee.byteOffset)
            row2.add(bytes, tap.pointee.weights2)
            row3.add(bytes, tap.pointee.weights3)
            tap += 1
        }
        let left = (work.count - x) * bytesPerSample
        let tileBytes = TileRow.sampleCount * bytesPerSample
        if left >= tileBytes {
            let offset = x * bytesPerSample
            // The next block of the same rows.
            svertka_fetch_to_write(to0 + (offset + 1024))
            svertka_fetch_to_write(to1 + (offset + 1024))
            svertka_fetch_to_write(to2 + (offset + 1024))
            svertka_fetch_to_write(to3 + (offset + 1024))
            end(row0, to0 + offset)
            end(row1, to1 + offset)
            end(row2, to2 + offset)
            end(row3, to3 + offset)
        } else {
            let scratch = work.scratch
            end(row0, scratch)
            end(row1, scratch + tileBytes)
            end(row2, scratch + 2 * tileBytes)
            end(row3, scratch + 3 * tileBytes)
            for row in 0..<4 {
                (work.outputs[row] + x * bytesPerSample).copyMemory(from: scratch + row * tileBytes, byteCount: left)
            }
        }
        x += TileRow.sampleCount
    }
}

/// `sums[row][x] = Σ weights[tap][row][x] · quads[x + offset] + term`, for the samples beside the borders of a picture.
public func convolveQuadLanes(_ work: QuadLaneWork) {
    let lanes = Int(SVERTKA_VECTOR_BYTES) / 4
    for row in 0..<4 {
        var x = 0
        while x < work.count {
            let quads = work.quads + 4 * x
            var weights = UnsafeRawPointer(work.weights) + 4 * (row * work.count + x)
            var sum = svertka_ints(repeating: work.term)
            for tap in 0..<work.tapCount {
                let bytes = quads.loadUnaligned(fromByteOffset: work.byteOffsets[tap], as: svertka_ints.self)
                sum = svertka_dot_products(sum, bytes, weights.loadUnaligned(as: svertka_ints.self))
                weights += 16 * work.count
            }
            let result = UnsafeMutableRawPointer(work.sums) + 4 * (row * work.count + x)
            result.storeBytes(of: sum, as: svertka_ints.self)
            x += lanes
        }
    }
}

/// Puts the bytes of four rows that lie below each other side by side: `quads[4x + i] = rows[i][x]`.
///
/// Reads and writes up to 63 samples more.
public func interleaveRows(
    _ row0: UnsafeRawPointer, _ row1: UnsafeRawPointer, _ row2: UnsafeRawPointer, _ row3: UnsafeRawPointer,
    to quads: UnsafeMutableRawPointer, count: Int
) {
    var x = 0
    while x < count {
        svertka_interleave(quads + 4 * x, row0 + x, row1 + x, row2 + x, row3 + x)
        x += Int(SVERTKA_VECTOR_BYTES)
    }
}
