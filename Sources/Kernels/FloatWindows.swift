internal import CVector
import KernelParameters

let floatLanes = Int(SVERTKA_VECTOR_BYTES) / 4

/// Two vectors of neighbouring samples.
///
/// Private, because the copying code of a type that other files see is shared with modules of the other level.
private struct FloatVectorPair {
    static let sampleCount = 2 * floatLanes
    var a, b: svertka_floats

    @inline(__always)
    init() {
        a = svertka_floats(repeating: 0)
        b = a
    }

    @inline(__always)
    init(_ a: svertka_floats, _ b: svertka_floats) { (self.a, self.b) = (a, b) }

    @inline(__always)
    init(at pointer: UnsafeRawPointer) {
        a = pointer.loadUnaligned(as: svertka_floats.self)
        b = pointer.loadUnaligned(fromByteOffset: 4 * floatLanes, as: svertka_floats.self)
    }

    @inline(__always)
    init(bytesAt pointer: UnsafeRawPointer) {
        a = svertka_widened(pointer)
        b = svertka_widened(pointer + floatLanes)
    }

    @inline(__always)
    mutating func add(_ samples: FloatVectorPair, _ weight: Float) {
        let w = svertka_floats(repeating: weight)
        a = svertka_added_product(a, w, samples.a)
        b = svertka_added_product(b, w, samples.b)
    }

    @inline(__always)
    static func + (left: FloatVectorPair, right: FloatVectorPair) -> FloatVectorPair {
        FloatVectorPair(svertka_sum(left.a, right.a), svertka_sum(left.b, right.b))
    }

    @inline(__always)
    func store(_ pointer: UnsafeMutableRawPointer) {
        pointer.storeBytes(of: a, as: svertka_floats.self)
        pointer.storeBytes(of: b, toByteOffset: 4 * floatLanes, as: svertka_floats.self)
    }
}

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

/// As many vectors of one row as fit the registers beside those of three more rows.
#if WIDE && arch(x86_64)
    private struct TileRow {
        static let sampleCount = 2 * FloatVectorPair.sampleCount
        var low, high: FloatVectorPair

        @inline(__always)
        init() {
            low = FloatVectorPair()
            high = low
        }

        @inline(__always)
        init(at pointer: UnsafeRawPointer) {
            low = FloatVectorPair(at: pointer)
            high = FloatVectorPair(at: pointer + 4 * FloatVectorPair.sampleCount)
        }

        @inline(__always)
        init(bytesAt pointer: UnsafeRawPointer) {
            low = FloatVectorPair(bytesAt: pointer)
            high = FloatVectorPair(bytesAt: pointer + FloatVectorPair.sampleCount)
        }

        @inline(__always)
        mutating func add(_ samples: TileRow, _ weight: Float) {
            low.add(samples.low, weight)
            high.add(samples.high, weight)
        }

        @inline(__always)
        func store(_ pointer: UnsafeMutableRawPointer) {
            low.store(pointer)
            high.store(pointer + 4 * FloatVectorPair.sampleCount)
        }
    }
#else
    private typealias TileRow = FloatVectorPair
#endif

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

/// Four rows of `Σ weight · (sample above + sample below) + weight · sample between them`, each product added by one
/// rounding, from the outside in. This is the definition of `convolveColumn`.
public func convolveColumnScalar(_ work: MirroredColumnWork, isBytes: Bool) {
    for result in 0..<4 {
        for x in 0..<work.count {
            func sample(_ row: Int) -> Float {
                let row = work.rows[result + row]
                return isBytes
                    ? Float(row.load(fromByteOffset: x, as: UInt8.self))
                    : row.load(fromByteOffset: 4 * x, as: Float.self)
            }
            var sum: Float = 0
            for j in 0..<work.reach { sum.addProduct(work.weights[j], sample(j) + sample(2 * work.reach - j)) }
            sum.addProduct(work.weights[work.reach], sample(work.reach))
            work.output.storeBytes(of: sum, toByteOffset: result * work.outputBytes + 4 * x, as: Float.self)
        }
    }
}

/// Four rows of a mirrored column of weights over floats, so that each load serves all of them; equal to
/// `convolveColumnScalar`.
///
/// Reads and writes up to 31 samples beyond the last one.
public func convolveColumn(_ work: MirroredColumnWork) {
    convolveColumn(work) { row, x in FloatVectorPair(at: row + 4 * x) }
}

/// The same over bytes.
public func convolveByteColumn(_ work: MirroredColumnWork) {
    convolveColumn(work) { row, x in FloatVectorPair(bytesAt: row + x) }
}

@inline(__always)
private func convolveColumn(_ work: MirroredColumnWork, _ load: (UnsafeRawPointer, Int) -> FloatVectorPair) {
    let reach = work.reach
    let rows = work.rows
    let last = rows + 2 * reach
    var x = 0
    while x < work.count {
        // What lies above the four results at one distance, and what lies below them: a step further in, each of them has
        // three of four in common with the step before.
        var (above0, above1) = (load(rows[0], x), load(rows[1], x))
        var (above2, above3) = (load(rows[2], x), load(rows[3], x))
        var (below0, below1) = (load(last[0], x), load(last[1], x))
        var (below2, below3) = (load(last[2], x), load(last[3], x))
        var sum0 = FloatVectorPair()
        var (sum1, sum2, sum3) = (sum0, sum0, sum0)
        var j = 0
        while true {
            let weight = work.weights[j]
            sum0.add(above0 + below0, weight)
            sum1.add(above1 + below1, weight)
            sum2.add(above2 + below2, weight)
            sum3.add(above3 + below3, weight)
            j += 1
            if j == reach { break }
            (above0, above1, above2, above3) = (above1, above2, above3, load(rows[j + 3], x))
            (below3, below2, below1, below0) = (below2, below1, below0, load(last[-j], x))
        }
        let weight = work.weights[reach]
        sum0.add(above1, weight)
        sum1.add(above2, weight)
        sum2.add(above3, weight)
        sum3.add(below2, weight)
        let output = work.output + 4 * x
        sum0.store(output)
        sum1.store(output + work.outputBytes)
        sum2.store(output + 2 * work.outputBytes)
        sum3.store(output + 3 * work.outputBytes)
        x += FloatVectorPair.sampleCount
    }
}
