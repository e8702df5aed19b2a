internal import CVector
import KernelParameters

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
