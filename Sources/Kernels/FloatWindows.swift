internal import CVector
import KernelParameters

/// Four rows of `Σ weight · sample`, each product added by one rounding. This is the definition of `convolveWindow`.
public func convolveWindowScalar(_ work: FloatWindowWork, isBytes: Bool) {
    for result in 0..<4 {
        for x in 0..<work.count {
            var sum: Float = 0
            for set in FloatWindowWork.sets.indices where FloatWindowWork.sets[set].contains(result) {
                for index in (set == 0 ? 0 : work.ends[set - 1])..<work.ends[set] {
                    let tap = work.taps[index]
                    let weight =
                        result == 0
                        ? tap.weights0 : result == 1 ? tap.weights1 : result == 2 ? tap.weights2 : tap.weights3
                    let row = work.rows[tap.row]
                    let sample =
                        isBytes
                        ? Float(row.load(fromByteOffset: tap.offset + x, as: UInt8.self))
                        : row.load(fromByteOffset: 4 * (tap.offset + x), as: Float.self)
                    sum.addProduct(weight, sample)
                }
            }
            work.output.storeBytes(of: sum, toByteOffset: result * work.outputBytes + 4 * x, as: Float.self)
        }
    }
}

/// `output[x] = Σ weights[j] · row[x + j · step] + term`, each product added by one rounding. The definition of
/// `convolveRow`.
public func convolveRowScalar(_ work: FloatRowWork, to output: UnsafeMutablePointer<Float>) {
    for x in 0..<work.count {
        var sum: Float = 0
        for j in 0..<work.columnCount { sum.addProduct(work.weights[j], work.row[x + j * work.step]) }
        output[x] = sum + work.term
    }
}

private let lanes = Int(SVERTKA_VECTOR_BYTES) / 4

/// As many vectors of one row as fit the registers beside those of three more rows.
private struct TileRow {
    #if WIDE && arch(x86_64)
        static let sampleCount = 4 * lanes
        var a, b, c, d: svertka_floats

        @inline(__always)
        init() {
            a = svertka_floats(repeating: 0)
            (b, c, d) = (a, a, a)
        }

        @inline(__always)
        init(at pointer: UnsafeRawPointer) {
            a = pointer.loadUnaligned(as: svertka_floats.self)
            b = pointer.loadUnaligned(fromByteOffset: 64, as: svertka_floats.self)
            c = pointer.loadUnaligned(fromByteOffset: 128, as: svertka_floats.self)
            d = pointer.loadUnaligned(fromByteOffset: 192, as: svertka_floats.self)
        }

        @inline(__always)
        init(bytesAt pointer: UnsafeRawPointer) {
            a = svertka_widened(pointer)
            b = svertka_widened(pointer + 16)
            c = svertka_widened(pointer + 32)
            d = svertka_widened(pointer + 48)
        }

        @inline(__always)
        mutating func add(_ samples: TileRow, _ weight: Float) {
            let w = svertka_floats(repeating: weight)
            a = svertka_added_product(a, w, samples.a)
            b = svertka_added_product(b, w, samples.b)
            c = svertka_added_product(c, w, samples.c)
            d = svertka_added_product(d, w, samples.d)
        }

        @inline(__always)
        func store(_ pointer: UnsafeMutableRawPointer) {
            pointer.storeBytes(of: a, as: svertka_floats.self)
            pointer.storeBytes(of: b, toByteOffset: 64, as: svertka_floats.self)
            pointer.storeBytes(of: c, toByteOffset: 128, as: svertka_floats.self)
            pointer.storeBytes(of: d, toByteOffset: 192, as: svertka_floats.self)
        }
    #else
        static let sampleCount = 2 * lanes
        var a, b: svertka_floats

        @inline(__always)
        init() {
            a = svertka_floats(repeating: 0)
            b = a
        }

        @inline(__always)
        init(at pointer: UnsafeRawPointer) {
            a = pointer.loadUnaligned(as: svertka_floats.self)
            b = pointer.loadUnaligned(fromByteOffset: 32, as: svertka_floats.self)
        }

        @inline(__always)
        init(bytesAt pointer: UnsafeRawPointer) {
            a = svertka_widened(pointer)
            b = svertka_widened(pointer + 8)
        }

        @inline(__always)
        mutating func add(_ samples: TileRow, _ weight: Float) {
            let w = svertka_floats(repeating: weight)
            a = svertka_added_product(a, w, samples.a)
            b = svertka_added_product(b, w, samples.b)
        }

        @inline(__always)
        func store(_ pointer: UnsafeMutableRawPointer) {
            pointer.storeBytes(of: a, as: svertka_floats.self)
            pointer.storeBytes(of: b, toByteOffset: 32, as: svertka_floats.self)
        }
    #endif
}

/// Four rows of a window of weights over floats, so that each load serves all of them; equal to `convolveWindowScalar`.
///
/// Reads and writes up to 63 samples beyond the last one.
public func convolveWindow(_ work: FloatWindowWork) {
    convolveWindow(work) { row, x in TileRow(at: row + 4 * x) }
}

/// The same over bytes.
public func convolveByteWindow(_ work: FloatWindowWork) {
    convolveWindow(work) { row, x in TileRow(bytesAt: row + x) }
}

@inline(__always)
private func convolveWindow(_ work: FloatWindowWork, _ load: (UnsafeRawPointer, Int) -> TileRow) {
    let ends = work.ends
    var x = 0
    while x < work.count {
        var row0 = TileRow()
        var (row1, row2, row3) = (row0, row0, row0)
        var tap = work.taps
        @inline(__always)
        func take(to end: Int, _ body: (TileRow, FloatTap) -> Void) {
            let end = work.taps + end
            while tap < end {
                body(load(work.rows[tap.pointee.row], x + tap.pointee.offset), tap.pointee)
                tap += 1
            }
        }
        take(to: ends[0]) { row0.add($0, $1.weights0) }
        take(to: ends[1]) {
            row0.add($0, $1.weights0)
            row1.add($0, $1.weights1)
        }
        take(to: ends[2]) {
            row0.add($0, $1.weights0)
            row1.add($0, $1.weights1)
            row2.add($0, $1.weights2)
        }
        take(to: ends[3]) {
            row0.add($0, $1.weights0)
            row1.add($0, $1.weights1)
            row2.add($0, $1.weights2)
            row3.add($0, $1.weights3)
        }
        take(to: ends[4]) { row1.add($0, $1.weights1) }
        take(to: ends[5]) {
            row1.add($0, $1.weights1)
            row2.add($0, $1.weights2)
        }
        take(to: ends[6]) {
            row1.add($0, $1.weights1)
            row2.add($0, $1.weights2)
            row3.add($0, $1.weights3)
        }
        take(to: ends[7]) { row2.add($0, $1.weights2) }
        take(to: ends[8]) {
            row2.add($0, $1.weights2)
            row3.add($0, $1.weights3)
        }
        take(to: ends[9]) { row3.add($0, $1.weights3) }
        let output = work.output + 4 * x
        row0.store(output)
        row1.store(output + work.outputBytes)
        row2.store(output + 2 * work.outputBytes)
        row3.store(output + 3 * work.outputBytes)
        x += TileRow.sampleCount
    }
}

/// One row of weights over one row of samples; equal to `convolveRowScalar`. Reads up to 143 samples beyond the last one.
public func convolveRow(_ work: FloatRowWork, to output: UnsafeMutablePointer<Float>) {
    convolveRow(work, UnsafeMutableRawPointer(output), bytesPerSample: 4) { to, a, b, c, d in
        to.storeBytes(of: a, as: svertka_floats.self)
        to.storeBytes(of: b, toByteOffset: 4 * lanes, as: svertka_floats.self)
        to.storeBytes(of: c, toByteOffset: 8 * lanes, as: svertka_floats.self)
        to.storeBytes(of: d, toByteOffset: 12 * lanes, as: svertka_floats.self)
    }
}

/// The same, rounded to bytes, halves up, and clipped.
public func convolveRow(_ work: FloatRowWork, toBytes output: UnsafeMutablePointer<UInt8>) {
    convolveRow(work, UnsafeMutableRawPointer(output), bytesPerSample: 1) { to, a, b, c, d in
        svertka_store_rounded(to, a, b, c, d)
    }
}

/// Eight vectors at a time, because an addition has to wait for the one before it; four of them leave together.
@inline(__always)
private func convolveRow(
    _ work: FloatRowWork, _ output: UnsafeMutableRawPointer, bytesPerSample: Int,
    _ end: (UnsafeMutableRawPointer, svertka_floats, svertka_floats, svertka_floats, svertka_floats) -> Void
) {
    let term = svertka_floats(repeating: work.term)
    var x = 0
    while x < work.count {
        let zero = svertka_floats(repeating: 0)
        var (a, b, c, d, e, f, g, h) = (zero, zero, zero, zero, zero, zero, zero, zero)
        var row = UnsafeRawPointer(work.row + x)
        for j in 0..<work.columnCount {
            let w = svertka_floats(repeating: work.weights[j])
            #if WIDE && arch(x86_64)
                // Two loads at multiples of a vector and a permutation take less than one load between them.
                let shift = j * work.step & (lanes - 1)
                let start = row - 4 * shift
                let index = svertka_counted_ints(Int32(truncatingIfNeeded: shift))
                var low = start.loadUnaligned(as: svertka_floats.self)
                @inline(__always)
                func add(_ sum: inout svertka_floats, _ vector: Int) {
                    let high = start.loadUnaligned(fromByteOffset: 4 * lanes * (vector + 1), as: svertka_floats.self)
                    sum = svertka_added_product(sum, w, svertka_joined_floats(low, index, high))
                    low = high
                }
            #else
                @inline(__always)
                func add(_ sum: inout svertka_floats, _ vector: Int) {
                    let sample = row.loadUnaligned(fromByteOffset: 4 * lanes * vector, as: svertka_floats.self)
                    sum = svertka_added_product(sum, w, sample)
                }
            #endif
            add(&a, 0)
            add(&b, 1)
            add(&c, 2)
            add(&d, 3)
            add(&e, 4)
            add(&f, 5)
            add(&g, 6)
            add(&h, 7)
            row += 4 * work.step
        }
        svertka_fetch(work.ahead + x)
        svertka_fetch(work.ahead + (x + 64))
        // The next block of the row.
        svertka_fetch_to_write(output + (x + 1024) * bytesPerSample)
        svertka_fetch_to_write(output + ((x + 1024) * bytesPerSample + 64))
        let left = work.count - x
        let target = left >= 8 * lanes ? output + x * bytesPerSample : work.scratch
        end(target, svertka_sum(a, term), svertka_sum(b, term), svertka_sum(c, term), svertka_sum(d, term))
        end(
            target + 4 * lanes * bytesPerSample, svertka_sum(e, term), svertka_sum(f, term), svertka_sum(g, term),
            svertka_sum(h, term))
        if left < 8 * lanes {
            (output + x * bytesPerSample).copyMemory(from: work.scratch, byteCount: left * bytesPerSample)
        }
        x += 8 * lanes
    }
}
