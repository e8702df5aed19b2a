internal import CVector
import KernelParameters

/// `output[x] = term + Σ weights[j] · row[x + j · step]`, each product added by one rounding. Where the weights are
/// mirrored, the two samples of one weight are added first, and the pairs count from the outside in. The definition of
/// `convolveRow`.
public func convolveRowScalar(_ work: FloatRowWork, to output: UnsafeMutablePointer<Float>) {
    let last = work.columnCount - 1
    for x in 0..<work.count {
        func sample(_ j: Int) -> Float { work.row[x + j * work.step] }
        var sum = work.term
        if work.isMirrored {
            for j in 0..<last / 2 { sum.addProduct(work.weights[j], sample(j) + sample(last - j)) }
            sum.addProduct(work.weights[last / 2], sample(last / 2))
        } else {
            for j in 0...last { sum.addProduct(work.weights[j], sample(j)) }
        }
        output[x] = sum
    }
}

/// One row of weights over one row of samples; equal to `convolveRowScalar`. Reads up to 143 samples beyond the last one.
public func convolveRow(_ work: FloatRowWork, to output: UnsafeMutablePointer<Float>) {
    convolveRow(work, UnsafeMutableRawPointer(output), bytesPerSample: 4) { to, a, b, c, d in
        to.storeBytes(of: a, as: svertka_floats.self)
        to.storeBytes(of: b, toByteOffset: 4 * floatLanes, as: svertka_floats.self)
        to.storeBytes(of: c, toByteOffset: 8 * floatLanes, as: svertka_floats.self)
        to.storeBytes(of: d, toByteOffset: 12 * floatLanes, as: svertka_floats.self)
    }
}

/// The same, rounded to bytes, halves up, and clipped.
public func convolveRow(_ work: FloatRowWork, toBytes output: UnsafeMutablePointer<UInt8>) {
    convolveRow(work, UnsafeMutableRawPointer(output), bytesPerSample: 1) { to, a, b, c, d in
        svertka_store_rounded(to, a, b, c, d)
    }
}

/// The vectors of a row from a sample on, one after another.
private struct Vectors {
    #if WIDE && arch(x86_64)
        // Two loads at multiples of a vector and a permutation take less than one load between them.
        private var next: UnsafeRawPointer
        private let index: svertka_ints
        private var low: svertka_floats

        /// Loads are at multiples of a vector where `row` is.
        @inline(__always)
        init(_ row: UnsafePointer<Float>, from offset: Int) {
            let shift = offset & (floatLanes - 1)
            next = UnsafeRawPointer(row + (offset - shift))
            index = svertka_counted_ints(Int32(truncatingIfNeeded: shift))
            low = next.loadUnaligned(as: svertka_floats.self)
        }

        @inline(__always)
        mutating func take() -> svertka_floats {
            next += 4 * floatLanes
            let high = next.loadUnaligned(as: svertka_floats.self)
            defer { low = high }
            return svertka_joined_floats(low, index, high)
        }
    #else
        private var next: UnsafeRawPointer

        @inline(__always)
        init(_ row: UnsafePointer<Float>, from offset: Int) { next = UnsafeRawPointer(row + offset) }

        @inline(__always)
        mutating func take() -> svertka_floats {
            defer { next += 4 * floatLanes }
            return next.loadUnaligned(as: svertka_floats.self)
        }
    #endif
}

/// Eight vectors at a time, because an addition has to wait for the one before it; four of them leave together.
@inline(__always)
private func convolveRow(
    _ work: FloatRowWork, _ output: UnsafeMutableRawPointer, bytesPerSample: Int,
    _ end: (UnsafeMutableRawPointer, svertka_floats, svertka_floats, svertka_floats, svertka_floats) -> Void
) {
    let term = svertka_floats(repeating: work.term)
    let last = work.columnCount - 1
    var x = 0
    while x < work.count {
        let row = work.row + x
        var (a, b, c, d, e, f, g, h) = (term, term, term, term, term, term, term, term)
        @inline(__always)
        func add(_ weight: Float, _ take: () -> svertka_floats) {
            let w = svertka_floats(repeating: weight)
            a = svertka_added_product(a, w, take())
            b = svertka_added_product(b, w, take())
            c = svertka_added_product(c, w, take())
            d = svertka_added_product(d, w, take())
            e = svertka_added_product(e, w, take())
            f = svertka_added_product(f, w, take())
            g = svertka_added_product(g, w, take())
            h = svertka_added_product(h, w, take())
        }
        @inline(__always)
        func addSample(_ j: Int) {
            var samples = Vectors(row, from: j * work.step)
            add(work.weights[j]) { samples.take() }
        }
        if work.isMirrored {
            for j in 0..<last / 2 {
                var left = Vectors(row, from: j * work.step)
                var right = Vectors(row, from: (last - j) * work.step)
                add(work.weights[j]) { svertka_sum(left.take(), right.take()) }
            }
            addSample(last / 2)
        } else {
            for j in 0...last { addSample(j) }
        }
        svertka_fetch(work.ahead + x)
        svertka_fetch(work.ahead + (x + 64))
        // The next block of the row.
        svertka_fetch_to_write(output + (x + 1024) * bytesPerSample)
        svertka_fetch_to_write(output + ((x + 1024) * bytesPerSample + 64))
        let left = work.count - x
        let target = left >= 8 * floatLanes ? output + x * bytesPerSample : work.scratch
        end(target, a, b, c, d)
        end(target + 4 * floatLanes * bytesPerSample, e, f, g, h)
        if left < 8 * floatLanes {
            (output + x * bytesPerSample).copyMemory(from: work.scratch, byteCount: left * bytesPerSample)
        }
        x += 8 * floatLanes
    }
}
