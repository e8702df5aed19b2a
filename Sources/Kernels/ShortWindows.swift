internal import CVector
import KernelParameters

private typealias Shorts = svertka_shorts
private let lanes = Int(SVERTKA_VECTOR_BYTES) / 2

/// One row of sums in 16 bits over three rows, which wrap around but for the last addition. The definition of
/// `sumByteWindow` and `sumShortWindow`.
public func sumShortsScalar(
    _ work: ShortWindowWork, _ weights: ShortWindowWeights, isBytes: Bool, to output: UnsafeMutablePointer<Int16>
) {
    func sample(_ row: UnsafeRawPointer, _ x: Int) -> Int16 {
        isBytes
            ? Int16(row.load(fromByteOffset: x, as: UInt8.self)) : row.load(fromByteOffset: 2 * x, as: Int16.self)
    }
    func column(_ x: Int, _ weights: (top: Int16, middle: Int16, bottom: Int16)) -> Int16 {
        sample(work.top, x) &* weights.top &+ sample(work.middle, x) &* weights.middle
            &+ sample(work.bottom, x) &* weights.bottom
    }
    for x in work.first..<work.end {
        let sum =
            weights.term &+ column(x, weights.center)
            &+ column(x - work.step, weights.columns) &* weights.sides.left
            &+ column(x, weights.columns) &* weights.sides.middle
            &+ column(x + work.step, weights.columns) &* weights.sides.right
        let (total, overflow) = sum.addingReportingOverflow(sample(work.middle, x) &* weights.last)
        output[x] = overflow ? (sum < 0 ? .min : .max) : total
    }
}

/// Sums over bytes; equal to `sumShortsScalar`. Reads up to 128 samples before the first and behind the last one, writes
/// up to 63 more.
public func sumByteWindow(_ work: ShortWindowWork, _ weights: ShortWindowWeights) {
    sum(work, weights, widened)
}

/// The same over 16-bit samples.
public func sumShortWindow(_ work: ShortWindowWork, _ weights: ShortWindowWeights) {
    sum(work, weights, loaded)
}

/// The same over bytes, with the sums clipped or divided, which leaves as many bytes as there are results. Where they go
/// past the caches, `finishStreaming` has to follow.
public func sumByteWindow(_ work: ShortWindowWork, _ weights: ShortWindowWeights, to end: ShortEnd) {
    finish(work, weights, end, widened)
}

/// The same over 16-bit samples.
public func sumShortWindow(_ work: ShortWindowWork, _ weights: ShortWindowWeights, to end: ShortEnd) {
    finish(work, weights, end, loaded)
}

@inline(__always)
private func widened(_ row: UnsafeRawPointer, _ x: Int) -> Shorts { svertka_widened_shorts(row + x) }

@inline(__always)
private func loaded(_ row: UnsafeRawPointer, _ x: Int) -> Shorts {
    row.loadUnaligned(fromByteOffset: 2 * x, as: Shorts.self)
}

@inline(__always)
private func repeated(_ value: Int16) -> Shorts { Shorts(repeating: UInt16(bitPattern: value)) }

/// The weights in vectors, and which of them need no multiplication.
private struct Window {
    let (top, middle, bottom): (Shorts, Shorts, Shorts)
    let (left, side, right): (Shorts, Shorts, Shorts)
    let (above, center, below): (Shorts, Shorts, Shorts)
    let last: Shorts
    let term: Shorts
    @inline(__always)
    init(_ weights: ShortWindowWeights) {
        (top, middle, bottom) = (
            repeated(weights.columns.top), repeated(weights.columns.middle), repeated(weights.columns.bottom)
        )
        (left, side, right) = (
            repeated(weights.sides.left), repeated(weights.sides.middle), repeated(weights.sides.right)
        )
        (above, center, below) = (
            repeated(weights.center.top), repeated(weights.center.middle), repeated(weights.center.bottom)
        )
        last = repeated(weights.last)
        term = repeated(weights.term)
    }
}

/// Which weights there are. Loops are made for the most frequent shapes: a test for each vector takes as long as what it
/// saves.
private struct Shape {
    /// The three rows are added up; or the one in the middle counts alone; else each has its weight.
    var addsRows = false
    var takesMiddle = false
    var hasOuterCenters = true
    var hasCenter = true
    var hasLast = true
    /// The columns on both sides have one weight, and the one between them as well.
    var isMirrored = false
    var isFlat = false

}

/// What a vector of columns gives to the sums.
private struct Columns {
    let sum: Shorts
    let center: Shorts
    let middle: Shorts

    @inline(__always)
    init(
        _ work: ShortWindowWork, _ window: Window, _ shape: Shape, _ load: (UnsafeRawPointer, Int) -> Shorts, at x: Int
    ) {
        middle = load(work.middle, x)
        var sum = middle
        var center = window.term
        if !shape.takesMiddle || shape.hasOuterCenters {
            let (top, bottom) = (load(work.top, x), load(work.bottom, x))
            if shape.addsRows {
                sum = svertka_added(svertka_added(top, middle), bottom)
            } else if !shape.takesMiddle {
                sum = svertka_added(
                    svertka_added(svertka_multiplied(top, window.top), svertka_multiplied(middle, window.middle)),
                    svertka_multiplied(bottom, window.bottom))
            }
            if shape.hasOuterCenters {
                center = svertka_added(
                    svertka_added(svertka_multiplied(top, window.above), svertka_multiplied(bottom, window.below)),
                    center)
            }
        }
        if shape.hasCenter { center = svertka_added(center, svertka_multiplied(middle, window.center)) }
        self.sum = sum
        self.center = center
    }

    /// Of the vectors of column sums one step to the left, here, and one step to the right.
    @inline(__always)
    func total(_ window: Window, _ shape: Shape, _ left: Shorts, _ right: Shorts) -> Shorts {
        let sides: Shorts
        if shape.isFlat {
            sides = svertka_multiplied(svertka_added(svertka_added(left, right), sum), window.side)
        } else if shape.isMirrored {
            sides = svertka_added(
                svertka_multiplied(svertka_added(left, right), window.left), svertka_multiplied(sum, window.side))
        } else {
            sides = svertka_added(
                svertka_added(svertka_multiplied(left, window.left), svertka_multiplied(right, window.right)),
                svertka_multiplied(sum, window.side))
        }
        let all = svertka_added(center, sides)
        return shape.hasLast
            ? svertka_added_saturating(all, svertka_multiplied(middle, window.last)) : all
    }
}

/// Calls `body` with two vectors of sums at a time.
@inline(__always)
private func sweep(
    _ work: ShortWindowWork, _ window: Window, _ shape: Shape, from start: Int, to end: Int,
    _ load: (UnsafeRawPointer, Int) -> Shorts, _ body: (Int, Shorts, Shorts) -> Void
) {
    #if WIDE && arch(x86_64)
        // Neighbouring columns come from registers: a load that is no multiple of a vector takes the time of two.
        let toLeft = svertka_counted(UInt16(truncatingIfNeeded: lanes - work.step))
        let toRight = svertka_counted(UInt16(truncatingIfNeeded: work.step))
        var before = Columns(work, window, shape, load, at: start - lanes).sum
        var here = Columns(work, window, shape, load, at: start)
        var x = start
        while x < end {
            svertka_fetch(work.ahead + x)
            let next = Columns(work, window, shape, load, at: x + lanes)
            let first = here.total(
                window, shape, svertka_joined(before, toLeft, here.sum), svertka_joined(here.sum, toRight, next.sum))
            let afterNext = Columns(work, window, shape, load, at: x + 2 * lanes)
            let second = next.total(
                window, shape, svertka_joined(here.sum, toLeft, next.sum),
                svertka_joined(next.sum, toRight, afterNext.sum))
            body(x, first, second)
            (before, here) = (next.sum, afterNext)
            x += 2 * lanes
        }
    #else
        let sums = UnsafeMutableRawPointer(work.scratch) + 2 * (lanes - start)
        var x = start - lanes
        while x < end + lanes {
            let columns = Columns(work, window, shape, load, at: x)
            (sums + 2 * x).storeBytes(of: columns.sum, as: Shorts.self)
            x += lanes
        }
        x = start
        while x < end {
            svertka_fetch(work.ahead + x)
            @inline(__always)
            func total(_ x: Int) -> Shorts {
                Columns(work, window, shape, load, at: x).total(
                    window, shape, loaded(sums, x - work.step), loaded(sums, x + work.step))
            }
            body(x, total(x), total(x + lanes))
            x += 2 * lanes
        }
    #endif
}

/// Calls `body` with the shape of the weights, as a constant.
@inline(__always)
private func withShape(_ weights: ShortWindowWeights, _ body: (Shape) -> Void) {
    switch weights.shape {
    case .box:
        body(
            Shape(
                addsRows: true, hasOuterCenters: false, hasCenter: false, hasLast: false, isMirrored: true, isFlat: true
            ))
    case .boxAndCenter:
        body(Shape(addsRows: true, hasOuterCenters: false, hasLast: false, isMirrored: true, isFlat: true))
    case .boxAndCenters: body(Shape(addsRows: true, hasOuterCenters: false, isMirrored: true, isFlat: true))
    case .cross: body(Shape(takesMiddle: true, hasCenter: false, hasLast: false, isMirrored: true))
    case .any: body(Shape())
    }
}

@inline(__always)
private func sum(
    _ work: ShortWindowWork, _ weights: ShortWindowWeights, _ load: (UnsafeRawPointer, Int) -> Shorts
) {
    withShape(weights) { shape in
        sweep(work, Window(weights), shape, from: work.first, to: work.end, load) { x, a, b in
            let to = work.output + 2 * x
            to.storeBytes(of: a, as: Shorts.self)
            to.storeBytes(of: b, toByteOffset: 2 * lanes, as: Shorts.self)
        }
    }
}

@inline(__always)
private func finish(
    _ work: ShortWindowWork, _ weights: ShortWindowWeights, _ byteEnd: ShortEnd,
    _ load: (UnsafeRawPointer, Int) -> Shorts
) {
    withShape(weights) { shape in finish(work, weights, shape, byteEnd, load) }
}

@inline(__always)
private func finish(
    _ work: ShortWindowWork, _ weights: ShortWindowWeights, _ shape: Shape, _ byteEnd: ShortEnd,
    _ load: (UnsafeRawPointer, Int) -> Shorts
) {
    let vector = 2 * lanes
    let window = Window(weights)
    var division = ShortDivision(most: 0, half: 0, factor: 0, shift: 0)
    var (divides, isSigned) = (false, false)
    if case .divided(let found, let signed) = byteEnd { (division, divides, isSigned) = (found, true, signed) }
    let (most, half, factor, shift) = (division.most, division.half, division.factor, division.shift)
    let count = work.end - work.first
    let output = work.output + work.first
    // What does not fill a vector at the ends leaves through scratch memory; where vectors are stored past the caches, no
    // other store may touch their lines.
    let head = work.isFar ? min(-Int(bitPattern: output) & (vector - 1), count) : 0
    let whole = (count - head) / vector * vector
    if work.isFar {
        svertka_fetch_to_write(work.following)
        svertka_fetch_to_write(work.following + count)
    }
    let aside = UnsafeMutableRawPointer(work.scratch) + 512
    for part in 0..<3 {
        let range =
            switch part {
            case 0: 0..<head
            case 1: head..<head + whole
            default: head + whole..<count
            }
        if range.isEmpty { continue }
        let target = part == 1 ? output : aside - range.lowerBound
        let streams = part == 1 && work.isFar
        sweep(work, window, shape, from: work.first + range.lowerBound, to: work.first + range.upperBound, load) {
            x, a, b in
            var (a, b) = (a, b)
            if isSigned { (a, b) = (svertka_positive(a), svertka_positive(b)) }
            if divides {
                a = svertka_quotients(a, most, half, factor, shift)
                b = svertka_quotients(b, most, half, factor, shift)
            }
            let to = target + (x - work.first)
            if streams { svertka_stream(to, svertka_packed(a, b)) } else { svertka_store(to, svertka_packed(a, b)) }
        }
        if part != 1 { (output + range.lowerBound).copyMemory(from: aside, byteCount: range.count) }
    }
}
