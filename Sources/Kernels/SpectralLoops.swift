internal import CVector
import KernelParameters

// Every lane is computed by the same operations in the same order, whatever the width of vectors: both levels give the
// same bits. What the loops compute is defined by sums that the tests write out.

private let width = Int(SVERTKA_VECTOR_BYTES) / 4

/// Real and imaginary parts of neighbouring lanes.
private struct Lanes {
    var re: svertka_floats
    var im: svertka_floats

    @inline(__always)
    init(re: svertka_floats, im: svertka_floats) {
        self.re = re
        self.im = im
    }

    @inline(__always)
    init(at pointer: UnsafePointer<Float>) {
        re = UnsafeRawPointer(pointer).loadUnaligned(as: svertka_floats.self)
        im = UnsafeRawPointer(pointer + SpectralLanes.count).loadUnaligned(as: svertka_floats.self)
    }

    @inline(__always)
    func store(_ pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: re, as: svertka_floats.self)
        UnsafeMutableRawPointer(pointer + SpectralLanes.count).storeBytes(of: im, as: svertka_floats.self)
    }

    @inline(__always)
    func times(_ re: Float, _ im: Float) -> Lanes {
        let (a, b) = (svertka_floats(repeating: re), svertka_floats(repeating: im))
        return Lanes(
            re: svertka_added_product(self.re * a, svertka_floats(repeating: -im), self.im),
            im: svertka_added_product(self.re * b, a, self.im))
    }

    /// Adds the product of `sample` and a weight.
    @inline(__always)
    mutating func add(_ sample: Lanes, _ negated: svertka_floats, _ weight: UnsafePointer<Float>) {
        let (a, b) = (svertka_floats(repeating: weight[0]), svertka_floats(repeating: weight[1]))
        re = svertka_added_product(svertka_added_product(re, a, sample.re), b, negated)
        im = svertka_added_product(svertka_added_product(im, b, sample.re), a, sample.im)
    }
}

/// `out[f] = Σₜ data[t] · exp(−2πi · f · t / size)`, with element f at the place whose number is f with its bits reversed.
public func transform(_ work: TransformWork) {
    var span = work.size / 2
    while span > 0 {
        let twiddles = work.twiddles + 2 * (work.size - 2 * span)
        for start in stride(from: 0, to: work.size, by: 2 * span) {
            for j in 0..<span {
                let (re, im) = (twiddles[2 * j], twiddles[2 * j + 1])
                var first = work.data + (start + j) * SpectralLanes.stride
                var second = first + span * SpectralLanes.stride
                for _ in 0..<SpectralLanes.count / width {
                    let (a, b) = (Lanes(at: first), Lanes(at: second))
                    Lanes(re: a.re + b.re, im: a.im + b.im).store(first)
                    Lanes(re: a.re - b.re, im: a.im - b.im).times(re, im).store(second)
                    first += width
                    second += width
                }
            }
        }
        span /= 2
    }
}

/// Undoes `transform`, but for a factor: `size` times its input.
public func transformBack(_ work: TransformWork) {
    var span = 1
    while span < work.size {
        let twiddles = work.twiddles + 2 * (work.size - 2 * span)
        for start in stride(from: 0, to: work.size, by: 2 * span) {
            for j in 0..<span {
                let (re, im) = (twiddles[2 * j], -twiddles[2 * j + 1])
                var first = work.data + (start + j) * SpectralLanes.stride
                var second = first + span * SpectralLanes.stride
                for _ in 0..<SpectralLanes.count / width {
                    let (a, b) = (Lanes(at: first), Lanes(at: second).times(re, im))
                    Lanes(re: a.re + b.re, im: a.im + b.im).store(first)
                    Lanes(re: a.re - b.re, im: a.im - b.im).store(second)
                    first += width
                    second += width
                }
            }
        }
        span *= 2
    }
}

#if WIDE && arch(x86_64)
    /// Results that `multiplySpectra` computes at once.
    public let spectralResults = 8
#else
    /// Results that `multiplySpectra` computes at once.
    public let spectralResults = 4
#endif

/// `spectralResults` rows of sums, each in the order of its window's rows.
public func multiplySpectra(_ work: SpectralProductWork) {
    let stride = 2 * (work.rowCount + 2 * SpectralLanes.padding)
    let result = work.size * SpectralLanes.stride
    for element in 0..<work.size {
        for part in 0..<SpectralLanes.count / width {
            let place = element * SpectralLanes.stride + part * width
            let zero = Lanes(re: svertka_floats(repeating: 0), im: svertka_floats(repeating: 0))
            var (r0, r1, r2, r3) = (zero, zero, zero, zero)
            var weight = work.weights + element * stride + 2 * SpectralLanes.padding
            #if WIDE && arch(x86_64)
                var (r4, r5, r6, r7) = (zero, zero, zero, zero)
            #endif
            for row in 0..<work.rowCount + spectralResults - 1 {
                let sample = Lanes(at: work.rows[row] + place)
                let negated = svertka_floats(repeating: 0) - sample.im
                r0.add(sample, negated, weight)
                r1.add(sample, negated, weight - 2)
                r2.add(sample, negated, weight - 4)
                r3.add(sample, negated, weight - 6)
                #if WIDE && arch(x86_64)
                    r4.add(sample, negated, weight - 8)
                    r5.add(sample, negated, weight - 10)
                    r6.add(sample, negated, weight - 12)
                    r7.add(sample, negated, weight - 14)
                #endif
                weight += 2
            }
            let output = work.output + place
            r0.store(output)
            r1.store(output + result)
            r2.store(output + 2 * result)
            r3.store(output + 3 * result)
            #if WIDE && arch(x86_64)
                r4.store(output + 4 * result)
                r5.store(output + 5 * result)
                r6.store(output + 6 * result)
                r7.store(output + 7 * result)
            #endif
        }
    }
}
