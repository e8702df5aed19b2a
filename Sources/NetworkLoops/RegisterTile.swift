import CPrefetch
import NetworkKernels

/// The shape of the products that stay in registers: pixels (or rows of a matrix) times blocks of sixteen outputs.
///
/// AVX-512 has 32 registers of sixteen numbers, AVX2 sixteen of eight: 14 × 2 blocks take 28 of the former, 6 × 1
/// blocks twelve of the latter. An output element is summed in the same order whatever the shape.
enum RegisterTile {
    #if WIDE
        static let pixels = 14
        static let blocks = 2
    #else
        static let pixels = 6
        static let blocks = 1
    #endif

    /// How many of `rest` pixels the next tile takes: whole tiles, and at the end two even ones rather than a whole
    /// one and a rest that is too small to keep the units busy.
    @inline(__always) static func next(_ rest: Int) -> Int {
        if rest <= pixels { return rest }
        return rest < pixels + pixels / 3 ? (rest + 1) / 2 : pixels
    }
}

/// What a tile needs beside its own places.
struct TileTask {
    /// Where in the input, relative to a pixel's first element, runs of `length` elements begin.
    var runs: UnsafePointer<Int>
    var count: Int
    var length: Int
    /// Input elements from one pixel to the next.
    var step: Int
    /// Of the first block: sixteen for each inner element. The second block's come `nextWeights` later.
    var weights: UnsafePointer<Float>
    var nextWeights: Int
    /// What the sums begin with, sixteen for each block; nil adds to what the output holds.
    var start: UnsafePointer<Float>?
    /// Output elements from one pixel, and from one block, to the next.
    var outputStep: Int
    var nextOutput: Int
    /// Weights that are read next, after all pixels have been through these, and how many elements of each panel to ask
    /// for ahead while one inner element is worked on.
    var ahead: UnsafePointer<Float>
    var aheadStep = 0
    /// Bounds of what is stored; −∞ and ∞ for none.
    var low: Float
    var high: Float
}

/// The sums of one pixel in up to two blocks.
private struct PixelSums {
    var a = Vector.zero
    var b = Vector.zero

    /// The sums of pixel `i`, if the tile of `m` pixels and `n` blocks has it.
    @_transparent init(_ task: TileTask, _ output: UnsafePointer<Float>, _ i: Int, _ m: Int, _ n: Int) {
        guard i < m else { return }
        if let start = task.start {
            a = load(start)
            if n > 1 { b = load(start + 16) }
        } else {
            a = load(output + i * task.outputStep)
            if n > 1 { b = load(output + i * task.outputStep + task.nextOutput) }
        }
    }

    @_transparent mutating func add(_ value: Float, _ w0: Vector, _ w1: Vector, _ n: Int) {
        let value = Vector(value)
        a = a.addingProduct(value, w0)
        if n > 1 { b = b.addingProduct(value, w1) }
    }

    @_transparent func finish(
        _ task: TileTask, _ output: UnsafeMutablePointer<Float>, _ residual: UnsafePointer<Float>?, _ i: Int, _ m: Int,
        _ n: Int
    ) {
        guard i < m else { return }
        let low = Vector(task.low), high = Vector(task.high), place = i * task.outputStep
        var a = a, b = b
        if let residual {
            a += load(residual + place)
            if n > 1 { b += load(residual + place + task.nextOutput) }
        }
        store(a.atLeast(low).atMost(high), output + place)
        if n > 1 { store(b.atLeast(low).atMost(high), output + place + task.nextOutput) }
    }
}

/// One tile of `m` pixels and `n` blocks, both known when this is compiled.
///
/// Transparent, because other inlining ends where the caller, with a copy for each `m`, has become large.
@_transparent private func tile(
    _ m: Int, _ n: Int, _ task: TileTask, _ input: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?,
    _ output: UnsafeMutablePointer<Float>
) {
    var c0 = PixelSums(task, output, 0, m, n)
    var c1 = PixelSums(task, output, 1, m, n)
    var c2 = PixelSums(task, output, 2, m, n)
    var c3 = PixelSums(task, output, 3, m, n)
    var c4 = PixelSums(task, output, 4, m, n)
    var c5 = PixelSums(task, output, 5, m, n)
    var c6 = PixelSums(task, output, 6, m, n)
    var c7 = PixelSums(task, output, 7, m, n)
    var c8 = PixelSums(task, output, 8, m, n)
    var c9 = PixelSums(task, output, 9, m, n)
    var c10 = PixelSums(task, output, 10, m, n)
    var c11 = PixelSums(task, output, 11, m, n)
    var c12 = PixelSums(task, output, 12, m, n)
    var c13 = PixelSums(task, output, 13, m, n)
    let step = task.step, nextWeights = task.nextWeights
    var w = task.weights, ahead = task.ahead
    for r in 0..<task.count {
        var p = input + task.runs[r]
        let end = p + task.length
        while p < end {
            let w0 = load(w), w1 = n > 1 ? load(w + nextWeights) : w0
            svertka_prefetch(ahead)
            if n > 1 { svertka_prefetch(ahead + nextWeights) }
            c0.add(p[0 * step], w0, w1, n)
            if m > 1 { c1.add(p[1 * step], w0, w1, n) }
            if m > 2 { c2.add(p[2 * step], w0, w1, n) }
            if m > 3 { c3.add(p[3 * step], w0, w1, n) }
            if m > 4 { c4.add(p[4 * step], w0, w1, n) }
            if m > 5 { c5.add(p[5 * step], w0, w1, n) }
            if m > 6 { c6.add(p[6 * step], w0, w1, n) }
            if m > 7 { c7.add(p[7 * step], w0, w1, n) }
            if m > 8 { c8.add(p[8 * step], w0, w1, n) }
            if m > 9 { c9.add(p[9 * step], w0, w1, n) }
            if m > 10 { c10.add(p[10 * step], w0, w1, n) }
            if m > 11 { c11.add(p[11 * step], w0, w1, n) }
            if m > 12 { c12.add(p[12 * step], w0, w1, n) }
            if m > 13 { c13.add(p[13 * step], w0, w1, n) }
            w += 16
            ahead += task.aheadStep
            p += 1
        }
    }
    c0.finish(task, output, residual, 0, m, n)
    c1.finish(task, output, residual, 1, m, n)
    c2.finish(task, output, residual, 2, m, n)
    c3.finish(task, output, residual, 3, m, n)
    c4.finish(task, output, residual, 4, m, n)
    c5.finish(task, output, residual, 5, m, n)
    c6.finish(task, output, residual, 6, m, n)
    c7.finish(task, output, residual, 7, m, n)
    c8.finish(task, output, residual, 8, m, n)
    c9.finish(task, output, residual, 9, m, n)
    c10.finish(task, output, residual, 10, m, n)
    c11.finish(task, output, residual, 11, m, n)
    c12.finish(task, output, residual, 12, m, n)
    c13.finish(task, output, residual, 13, m, n)
}

/// One tile of up to `RegisterTile.pixels` pixels and one block.
@inline(never) func tile(
    pixels: Int, _ task: TileTask, _ input: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?,
    _ output: UnsafeMutablePointer<Float>
) {
    switch pixels {
    case 1: tile(1, 1, task, input, residual, output)
    case 2: tile(2, 1, task, input, residual, output)
    case 3: tile(3, 1, task, input, residual, output)
    case 4: tile(4, 1, task, input, residual, output)
    case 5: tile(5, 1, task, input, residual, output)
    #if WIDE
        case 6: tile(6, 1, task, input, residual, output)
        case 7: tile(7, 1, task, input, residual, output)
        case 8: tile(8, 1, task, input, residual, output)
        case 9: tile(9, 1, task, input, residual, output)
        case 10: tile(10, 1, task, input, residual, output)
        case 11: tile(11, 1, task, input, residual, output)
        case 12: tile(12, 1, task, input, residual, output)
        case 13: tile(13, 1, task, input, residual, output)
        default: tile(14, 1, task, input, residual, output)
    #else
        default: tile(6, 1, task, input, residual, output)
    #endif
    }
}

#if WIDE
    /// One tile of up to `RegisterTile.pixels` pixels and two blocks.
    @inline(never) func pairTile(
        pixels: Int, _ task: TileTask, _ input: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?,
        _ output: UnsafeMutablePointer<Float>
    ) {
        switch pixels {
        case 1: tile(1, 2, task, input, residual, output)
        case 2: tile(2, 2, task, input, residual, output)
        case 3: tile(3, 2, task, input, residual, output)
        case 4: tile(4, 2, task, input, residual, output)
        case 5: tile(5, 2, task, input, residual, output)
        case 6: tile(6, 2, task, input, residual, output)
        case 7: tile(7, 2, task, input, residual, output)
        case 8: tile(8, 2, task, input, residual, output)
        case 9: tile(9, 2, task, input, residual, output)
        case 10: tile(10, 2, task, input, residual, output)
        case 11: tile(11, 2, task, input, residual, output)
        case 12: tile(12, 2, task, input, residual, output)
        case 13: tile(13, 2, task, input, residual, output)
        default: tile(14, 2, task, input, residual, output)
        }
    }
#endif

/// Tiles over `pixels` neighbouring pixels of one or two blocks.
@inline(__always) func tiles(
    _ task: TileTask, blocks: Int, pixels: Int, _ input: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?,
    _ output: UnsafeMutablePointer<Float>
) {
    // Each tile asks for its share of the weights that come next, as long as there are few tiles.
    var task = task
    let share = 16 * RegisterTile.pixels / pixels
    task.aheadStep = min(16, share)
    let perTile = task.aheadStep * task.count * task.length
    var done = 0
    while done < pixels {
        let count = RegisterTile.next(pixels - done)
        let source = input + done * task.step, place = done * task.outputStep
        #if WIDE
            if blocks == 2 {
                pairTile(pixels: count, task, source, residual.map { $0 + place }, output + place)
            } else {
                tile(pixels: count, task, source, residual.map { $0 + place }, output + place)
            }
        #else
            tile(pixels: count, task, source, residual.map { $0 + place }, output + place)
        #endif
        done += count
        task.ahead += perTile
    }
}
