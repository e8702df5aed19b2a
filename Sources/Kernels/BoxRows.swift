internal import CVector
import KernelParameters

private let lanes = Int(SVERTKA_VECTOR_BYTES) / 2

/// `output[x] = Σ columns[x + j · step]` over the window's columns, with the entering row added to the columns first and
/// the leaving one subtracted afterwards; sums wrap around. The definition of `sumBox`.
public func sumBoxScalar(_ work: BoxWork, to output: UnsafeMutablePointer<UInt16>) {
    for x in 0..<work.columnCount { work.columns[x] &+= UInt16(work.entering[x]) }
    for x in 0..<work.count {
        output[x] = 0
        for j in 0..<work.part * work.parts + work.rest { output[x] &+= work.columns[x + j * work.step] }
    }
    for x in 0..<work.columnCount { work.columns[x] &-= UInt16(work.leaving[x]) }
}

/// `columns[x] += row[x]`. Reads and writes up to 127 samples beyond the last one.
public func addToBoxColumns(_ columns: UnsafeMutablePointer<UInt16>, _ row: UnsafePointer<UInt8>, count: Int) {
    var x = 0
    while x < count {
        storeVector(svertka_added(load(columns + x), svertka_widened_shorts(row + x)), columns + x)
        x += lanes
    }
}

/// Sums over a box; equal to `sumBoxScalar`. Reads and writes up to 127 samples beyond the last one.
public func sumBox(_ work: BoxWork, to output: UnsafeMutablePointer<UInt16>) {
    sumBox(work) { x, sums in sums.store(output + x) }
}

/// The same, divided, which leaves bytes.
public func sumBox(_ work: BoxWork, dividedBy division: ShortDivision, to output: UnsafeMutablePointer<UInt8>) {
    sumBox(work) { x, sums in
        let to = output + x
        // The next block of the row.
        svertka_fetch_to_write(to + 3072)
        svertka_fetch_to_write(to + (3072 + 64))
        svertka_store_divided(to, sums.a, division.most, division.half, division.factor, division.shift)
        svertka_store_divided(to + lanes, sums.b, division.most, division.half, division.factor, division.shift)
        svertka_store_divided(to + 2 * lanes, sums.c, division.most, division.half, division.factor, division.shift)
        svertka_store_divided(to + 3 * lanes, sums.d, division.most, division.half, division.factor, division.shift)
    }
}

/// Four vectors of sums.
private struct Tile {
    static let sampleCount = 4 * lanes
    var a, b, c, d: svertka_shorts

    @inline(__always)
    init(_ pointer: UnsafePointer<UInt16>) {
        a = load(pointer)
        b = load(pointer + lanes)
        c = load(pointer + 2 * lanes)
        d = load(pointer + 3 * lanes)
    }

    @inline(__always)
    mutating func add(_ pointer: UnsafePointer<UInt16>) {
        a = svertka_added(a, load(pointer))
        b = svertka_added(b, load(pointer + lanes))
        c = svertka_added(c, load(pointer + 2 * lanes))
        d = svertka_added(d, load(pointer + 3 * lanes))
    }

    @inline(__always)
    func store(_ pointer: UnsafeMutablePointer<UInt16>) {
        storeVector(a, pointer)
        storeVector(b, pointer + lanes)
        storeVector(c, pointer + 2 * lanes)
        storeVector(d, pointer + 3 * lanes)
    }
}

@inline(__always)
private func load(_ pointer: UnsafePointer<UInt16>) -> svertka_shorts {
    UnsafeRawPointer(pointer).loadUnaligned(as: svertka_shorts.self)
}

@inline(__always)
private func storeVector(_ vector: svertka_shorts, _ pointer: UnsafeMutablePointer<UInt16>) {
    UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: svertka_shorts.self)
}

@inline(__always)
private func sumBox(_ work: BoxWork, _ end: (Int, Tile) -> Void) {
    let step = work.step
    let columnCount = work.columnCount
    let columns = work.scratch
    var x = 0
    while x < columnCount {
        svertka_fetch(work.entering + (x + 3072))
        let sums = svertka_added(load(work.columns + x), svertka_widened_shorts(work.entering + x))
        storeVector(sums, columns + x)
        storeVector(svertka_subtracted(sums, svertka_widened_shorts(work.leaving + x)), work.columns + x)
        x += lanes
    }
    // The sums of `part` neighbouring columns; each of them is used `parts` times.
    let partSums = work.scratch + (columnCount + 128)
    let partCount = work.count + (work.parts - 1) * work.part * step
    x = 0
    while x < partCount {
        var sums = Tile(columns + x)
        for j in 1..<work.part { sums.add(columns + (x + j * step)) }
        sums.store(partSums + x)
        x += Tile.sampleCount
    }
    let rest = work.part * work.parts
    x = 0
    while x < work.count {
        var sums = Tile(partSums + x)
        for j in 1..<work.parts { sums.add(partSums + (x + j * work.part * step)) }
        for j in 0..<work.rest { sums.add(columns + (x + (rest + j) * step)) }
        end(x, sums)
        x += Tile.sampleCount
    }
}
