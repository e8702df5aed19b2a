import CVector
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
    /// How many of the runs have that length; those after them have `restLength` elements.
    var wholeCount = Int.max
    var restLength = 0
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
    /// Bounds of what is stored.
    var low = -Float.infinity
    var high = Float.infinity
    /// Sixteen for each block, by which sums below zero are multiplied, in place of bounds and a residual.
    var slopes: UnsafePointer<Float>?
}

/// What the second half of the sums of a tile stands for.
private enum Second {
    case nothing
    /// The next block of the same pixels.
    case block
    /// The same block of as many further pixels.
    case pixels
}

/// The sums of one pixel, and of the one that the second half of the tile has for it.
private struct PixelSums {
    var a = Vector.zero
    var b = Vector.zero

    /// The sums of pixel `i`, if the tile of `m` pixels has it.
    @_transparent init(_ task: TileTask, _ output: UnsafePointer<Float>, _ i: Int, _ m: Int, _ second: Second) {
        guard i < m else { return }
        if let start = task.start {
            a = load(start)
            if case .block = second { b = load(start + 16) } else if case .pixels = second { b = a }
        } else {
            a = load(output + i * task.outputStep)
            if case .block = second {
                b = load(output + i * task.outputStep + task.nextOutput)
            } else if case .pixels = second {
                b = load(output + (m + i) * task.outputStep)
            }
        }
    }

    /// - Parameter p: the first pixel's element.
    @_transparent mutating func add(
        _ p: UnsafePointer<Float>, _ step: Int, _ i: Int, _ m: Int, _ w0: Vector, _ w1: Vector, _ second: Second
    ) {
        let value = Vector(p[i * step])
        a = a.addingProduct(value, w0)
        if case .block = second {
            b = b.addingProduct(value, w1)
        } else if case .pixels = second {
            b = b.addingProduct(Vector(p[(m + i) * step]), w0)
        }
    }

    @_transparent func finish(
        _ task: TileTask, _ output: UnsafeMutablePointer<Float>, _ residual: UnsafePointer<Float>?, _ i: Int, _ m: Int,
        _ second: Second
    ) {
        guard i < m else { return }
        let place = i * task.outputStep
        var other = place + task.nextOutput, hasOther = true, slope = 16
        switch second {
        case .nothing: hasOther = false
        case .block: break
        case .pixels: (other, slope) = ((m + i) * task.outputStep, 0)
        }
        if let slopes = task.slopes {
            store(Vector.select(a .< Vector.zero, a * load(slopes), a), output + place)
            if hasOther {
                store(Vector.select(b .< Vector.zero, b * load(slopes + slope), b), output + other)
            }
            return
        }
        let low = Vector(task.low), high = Vector(task.high)
        var a = a, b = b
        if let residual {
            a += load(residual + place)
            if hasOther { b += load(residual + other) }
        }
        store(a.atLeast(low).atMost(high), output + place)
        if hasOther { store(b.atLeast(low).atMost(high), output + other) }
    }
}

/// One tile of `m` pixels and what `second` says, both known when this is compiled.
///
/// Transparent, because other inlining ends where the caller, with a copy for each `m`, has become large.
///
/// - Parameter step: that of the task; a number known when this is compiled takes no registers.
@_transparent private func tile(
    _ m: Int, _ second: Second, step: Int, _ task: TileTask, _ input: UnsafePointer<Float>,
    _ residual: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>
) {
    var c0 = PixelSums(task, output, 0, m, second)
    var c1 = PixelSums(task, output, 1, m, second)
    var c2 = PixelSums(task, output, 2, m, second)
    var c3 = PixelSums(task, output, 3, m, second)
    var c4 = PixelSums(task, output, 4, m, second)
    var c5 = PixelSums(task, output, 5, m, second)
    var c6 = PixelSums(task, output, 6, m, second)
    var c7 = PixelSums(task, output, 7, m, second)
    var c8 = PixelSums(task, output, 8, m, second)
    var c9 = PixelSums(task, output, 9, m, second)
    var c10 = PixelSums(task, output, 10, m, second)
    var c11 = PixelSums(task, output, 11, m, second)
    var c12 = PixelSums(task, output, 12, m, second)
    var c13 = PixelSums(task, output, 13, m, second)
    let nextWeights = task.nextWeights
    var w = task.weights, ahead = task.ahead
    for r in 0..<task.count {
        var p = input + task.runs[r]
        let end = p + (r < task.wholeCount ? task.length : task.restLength)
        while p < end {
            let w0 = load(w)
            var w1 = w0
            if case .block = second { w1 = load(w + nextWeights) }
            svertka_fetch_to_second_level(ahead)
            if case .block = second { svertka_fetch_to_second_level(ahead + nextWeights) }
            c0.add(p, step, 0, m, w0, w1, second)
            if m > 1 { c1.add(p, step, 1, m, w0, w1, second) }
            if m > 2 { c2.add(p, step, 2, m, w0, w1, second) }
            if m > 3 { c3.add(p, step, 3, m, w0, w1, second) }
            if m > 4 { c4.add(p, step, 4, m, w0, w1, second) }
            if m > 5 { c5.add(p, step, 5, m, w0, w1, second) }
            if m > 6 { c6.add(p, step, 6, m, w0, w1, second) }
            if m > 7 { c7.add(p, step, 7, m, w0, w1, second) }
            if m > 8 { c8.add(p, step, 8, m, w0, w1, second) }
            if m > 9 { c9.add(p, step, 9, m, w0, w1, second) }
            if m > 10 { c10.add(p, step, 10, m, w0, w1, second) }
            if m > 11 { c11.add(p, step, 11, m, w0, w1, second) }
            if m > 12 { c12.add(p, step, 12, m, w0, w1, second) }
            if m > 13 { c13.add(p, step, 13, m, w0, w1, second) }
            w += 16
            ahead += task.aheadStep
            p += 1
        }
    }
    c0.finish(task, output, residual, 0, m, second)
    c1.finish(task, output, residual, 1, m, second)
    c2.finish(task, output, residual, 2, m, second)
    c3.finish(task, output, residual, 3, m, second)
    c4.finish(task, output, residual, 4, m, second)
    c5.finish(task, output, residual, 5, m, second)
    c6.finish(task, output, residual, 6, m, second)
    c7.finish(task, output, residual, 7, m, second)
    c8.finish(task, output, residual, 8, m, second)
    c9.finish(task, output, residual, 9, m, second)
    c10.finish(task, output, residual, 10, m, second)
    c11.finish(task, output, residual, 11, m, second)
    c12.finish(task, output, residual, 12, m, second)
    c13.finish(task, output, residual, 13, m, second)
}

/// One tile of up to `RegisterTile.pixels` pixels and one block.
@inline(never) func tile(
    pixels: Int, _ task: TileTask, _ input: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?,
    _ output: UnsafeMutablePointer<Float>
) {
    switch pixels {
    case 1: tile(1, .nothing, step: task.step, task, input, residual, output)
    case 2: tile(2, .nothing, step: task.step, task, input, residual, output)
    case 3: tile(3, .nothing, step: task.step, task, input, residual, output)
    case 4: tile(4, .nothing, step: task.step, task, input, residual, output)
    case 5: tile(5, .nothing, step: task.step, task, input, residual, output)
    #if WIDE
        case 6: tile(6, .nothing, step: task.step, task, input, residual, output)
        case 7: tile(7, .nothing, step: task.step, task, input, residual, output)
        case 8: tile(8, .nothing, step: task.step, task, input, residual, output)
        case 9: tile(9, .nothing, step: task.step, task, input, residual, output)
        case 10: tile(10, .nothing, step: task.step, task, input, residual, output)
        case 11: tile(11, .nothing, step: task.step, task, input, residual, output)
        case 12: tile(12, .nothing, step: task.step, task, input, residual, output)
        case 13: tile(13, .nothing, step: task.step, task, input, residual, output)
        default: tile(14, .nothing, step: task.step, task, input, residual, output)
    #else
        default: tile(6, .nothing, step: task.step, task, input, residual, output)
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
        case 1: tile(1, .block, step: task.step, task, input, residual, output)
        case 2: tile(2, .block, step: task.step, task, input, residual, output)
        case 3: tile(3, .block, step: task.step, task, input, residual, output)
        case 4: tile(4, .block, step: task.step, task, input, residual, output)
        case 5: tile(5, .block, step: task.step, task, input, residual, output)
        case 6: tile(6, .block, step: task.step, task, input, residual, output)
        case 7: tile(7, .block, step: task.step, task, input, residual, output)
        case 8: tile(8, .block, step: task.step, task, input, residual, output)
        case 9: tile(9, .block, step: task.step, task, input, residual, output)
        case 10: tile(10, .block, step: task.step, task, input, residual, output)
        case 11: tile(11, .block, step: task.step, task, input, residual, output)
        case 12: tile(12, .block, step: task.step, task, input, residual, output)
        case 13: tile(13, .block, step: task.step, task, input, residual, output)
        default:
            if task.step == 16 {
                tile(14, .block, step: 16, task, input, residual, output)
            } else {
                tile(14, .block, step: task.step, task, input, residual, output)
            }
        }
    }
#endif

#if WIDE
    /// One tile of twice `RegisterTile.pixels` pixels and one block.
    @inline(never) func longTile(
        _ task: TileTask, _ input: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?,
        _ output: UnsafeMutablePointer<Float>
    ) {
        // So many places leave no registers for themselves; the usual steps make them parts of the instructions.
        switch task.step {
        case 1: tile(14, .pixels, step: 1, task, input, residual, output)
        case 2: tile(14, .pixels, step: 2, task, input, residual, output)
        case 16: tile(14, .pixels, step: 16, task, input, residual, output)
        case 32: tile(14, .pixels, step: 32, task, input, residual, output)
        default: tile(14, .pixels, step: task.step, task, input, residual, output)
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
    let rests = min(task.count, max(0, task.count - task.wholeCount))
    let perTile = task.aheadStep * ((task.count - rests) * task.length + rests * task.restLength)
    var done = 0
    #if WIDE
        // One block leaves half of the registers to further pixels.
        while blocks == 1, pixels - done >= 2 * RegisterTile.pixels {
            let place = done * task.outputStep
            longTile(task, input + done * task.step, residual.map { $0 + place }, output + place)
            done += 2 * RegisterTile.pixels
            task.ahead += perTile
        }
    #endif
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
