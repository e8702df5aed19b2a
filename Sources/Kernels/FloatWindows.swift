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
