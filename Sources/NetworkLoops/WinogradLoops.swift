import CVector
import NetworkKernels

extension Loops {
    /// Elements of the transformed inputs, or of the sums, of one tile and one block: its 36 places lie one after the
    /// other, so that a tile is written and read in one stretch.
    private static var perTile: Int { WinogradConvolution.places * 16 }

    public static func transformInputs(
        _ convolution: WinogradConvolution, _ input: UnsafePointer<Float>, tiles: Range<Int>, blocks: Range<Int>,
        to transformed: UnsafeMutablePointer<Float>
    ) {
        let c = convolution, plane = c.inputHeight * c.inputWidth * 16
        // Once for all tiles: memory of this size comes from the heap.
        withUnsafeTemporaryAllocation(of: Vector.self, capacity: 72) { scratch in
            for block in blocks {
                var out = transformed + block * tiles.count * perTile
                for tile in tiles {
                    transformInput(
                        c, input + block * plane, tile, block + 1 < blocks.upperBound ? plane : 0,
                        scratch.baseAddress!, out)
                    out += perTile
                }
            }
        }
    }

    public static func multiply(
        _ convolution: WinogradConvolution, _ transformed: UnsafePointer<Float>, weights: UnsafePointer<Float>,
        tiles: Int, places: Range<Int>, to sums: UnsafeMutablePointer<Float>
    ) {
        let c = convolution, perPlace = c.outputBlocks * c.inputBlocks * 256
        withUnsafeTemporaryAllocation(of: Int.self, capacity: c.inputBlocks) { runs in
            for block in 0..<c.inputBlocks { runs[block] = block * tiles * perTile }
            for place in places {
                products(
                    runs.baseAddress!, c.inputBlocks, transformed + place * 16, weights + place * perPlace,
                    c.outputBlocks, tiles, sums + place * 16)
            }
        }
    }

    public static func transformOutputs(
        _ convolution: WinogradConvolution, _ sums: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        slopes: UnsafePointer<Float>?, residual: UnsafePointer<Float>?, epilogue: Epilogue, tiles: Range<Int>,
        blocks: Range<Int>, to output: UnsafeMutablePointer<Float>
    ) {
        let c = convolution, finish = epilogue.finish
        withUnsafeTemporaryAllocation(of: Vector.self, capacity: 40) { scratch in
            for block in blocks {
                let plane = output + block * c.height * c.width * 16
                let other = residual.map { $0 + block * c.height * c.width * 16 }
                var m = sums + block * tiles.count * perTile
                let task = OutputTask(
                    bias: load(bias + block * 16), finish: finish.kind,
                    slopes: slopes.map { load($0 + block * 16) } ?? Vector(finish.slope), low: Vector(finish.low),
                    high: Vector(finish.high), residual: finish.kind == .bounds ? other : nil)
                var tile = tiles.lowerBound
                // Tile by tile, and then what tiles do not do along all that they have of each row.
                while tile < tiles.upperBound {
                    let tileRow = tile / c.tilesAcross, first = tileRow * c.tilesAcross
                    let end = min(tiles.upperBound, first + c.tilesAcross)
                    for index in tile..<end {
                        transformOutput(
                            c, m, tileRow * 4, (index - first) * 4, task, scratch.baseAddress!, plane)
                        m += perTile
                    }
                    if finish.kind == .sums {
                        let left = (tile - first) * 4, right = min(c.width, (end - first) * 4)
                        for y in tileRow * 4..<min(c.height, tileRow * 4 + 4) {
                            let place = (y * c.width + left) * 16
                            apply(
                                epilogue, plane + place, residual: other.map { $0 + place },
                                slopes: slopes.map { $0 + block * 16 }, pixels: right - left)
                        }
                    }
                    tile = end
                }
            }
        }
    }

    /// The products of one place: `pixels` tiles times all blocks of outputs.
    private static func products(
        _ runs: UnsafePointer<Int>, _ runCount: Int, _ input: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
        _ panels: Int, _ pixels: Int, _ out: UnsafeMutablePointer<Float>
    ) {
        let panelWeights = runCount * 256, runsPerPass = depth / 16
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 32) { zeros in
            for i in 0..<32 { zeros[i] = 0 }
            var panel = 0
            while panel < panels {
                let blocks = min(RegisterTile.blocks, panels - panel)
                let own = weights + panel * panelWeights
                var run = 0
                while run < runCount {
                    let count = min(runsPerPass, runCount - run)
                    let next = run + count == runCount ? blocks * panelWeights : (run + count) * 256
                    let task = TileTask(
                        runs: runs + run, count: count, length: 16, step: perTile,
                        weights: own + run * 256, nextWeights: panelWeights,
                        start: run == 0 ? UnsafePointer(zeros.baseAddress!) : nil, outputStep: perTile,
                        nextOutput: pixels * perTile, ahead: own + next)
                    tiles(task, blocks: blocks, pixels: pixels, input, nil, out + panel * pixels * perTile)
                    run += count
                }
                panel += blocks
            }
        }
    }

    /// - Parameters:
    ///   - next: how far away what is read after all tiles lies, which is asked for meanwhile; 0 for nothing.
    ///   - scratch: 72 vectors.
    @inline(never) private static func transformInput(
        _ c: WinogradConvolution, _ plane: UnsafePointer<Float>, _ tile: Int, _ next: Int,
        _ scratch: UnsafeMutablePointer<Vector>, _ out: UnsafeMutablePointer<Float>
    ) {
        let row = tile / c.tilesAcross, y = row * 4 - c.top, x = (tile - row * c.tilesAcross) * 4 - c.left
        if y >= 0, x >= 0, y + 6 <= c.inputHeight, x + 6 <= c.inputWidth {
            let window = plane + (y * c.inputWidth + x) * 16
            if next > 0 {
                for j in 0..<6 {
                    let ahead = window + next + j * c.inputWidth * 16
                    for i in 0..<4 { svertka_fetch_to_second_level(ahead + i * 16) }
                }
            }
            transform6x6(window, c.inputWidth * 16, scratch, out)
            return
        }
        // What lies outside is zero.
        let window = scratch + 36
        let left = max(0, -x), right = min(6, c.inputWidth - x)
        for j in 0..<6 {
            let line = window + j * 6
            if y + j < 0 || y + j >= c.inputHeight || left >= right {
                for i in 0..<6 { line[i] = .zero }
                continue
            }
            let from = plane + ((y + j) * c.inputWidth + x) * 16
            for i in 0..<left { line[i] = .zero }
            for i in left..<right { line[i] = load(from + i * 16) }
            for i in right..<6 { line[i] = .zero }
        }
        transform6x6(UnsafeRawPointer(window).assumingMemoryBound(to: Float.self), 96, scratch, out)
    }

    /// - Parameter scratch: 40 vectors.
    @inline(never) private static func transformOutput(
        _ c: WinogradConvolution, _ m: UnsafePointer<Float>, _ y: Int, _ x: Int, _ task: OutputTask,
        _ scratch: UnsafeMutablePointer<Vector>, _ plane: UnsafeMutablePointer<Float>
    ) {
        let rows = min(4, c.height - y), columns = min(4, c.width - x)
        let row = c.width * 16, place = y * row + x * 16
        let isWhole = rows == 4 && columns == 4
        let window = UnsafeMutableRawPointer(scratch + 24).assumingMemoryBound(to: Float.self)
        let target = isWhole ? plane + place : window, targetRow = isWhole ? row : 64
        if let residual = task.residual, isWhole {
            transform4x4(m, task.bias, scratch, target, targetRow) { sum, j, i in
                (sum + load(residual + place + j * row + i * 16)).atLeast(task.low).atMost(task.high)
            }
        } else if task.finish == .slopes {
            transform4x4(m, task.bias, scratch, target, targetRow) { sum, _, _ in
                Vector.select(sum .< Vector.zero, sum * task.slopes, sum)
            }
        } else if task.residual == nil {
            transform4x4(m, task.bias, scratch, target, targetRow) { sum, _, _ in
                sum.atLeast(task.low).atMost(task.high)
            }
        } else {
            transform4x4(m, task.bias, scratch, target, targetRow) { sum, _, _ in sum }
        }
        if isWhole { return }
        for j in 0..<rows {
            for i in 0..<columns {
                let to = place + j * row + i * 16
                var sum = load(window + j * 64 + i * 16)
                if let residual = task.residual {
                    sum = (sum + load(residual + to)).atLeast(task.low).atMost(task.high)
                }
                store(sum, plane + to)
            }
        }
    }
}

/// What is done to the sums of one block while they are in registers.
private struct OutputTask {
    var bias: Vector
    var finish: Epilogue.Finish.Kind
    var slopes: Vector
    var low: Vector
    var high: Vector
    var residual: UnsafePointer<Float>?
}

@inline(__always)
private func inputTransform(
    _ d0: Vector, _ d1: Vector, _ d2: Vector, _ d3: Vector, _ d4: Vector, _ d5: Vector
) -> (Vector, Vector, Vector, Vector, Vector, Vector) {
    let a = d4.addingProduct(Vector(-4), d2), b = d3.addingProduct(Vector(-4), d1)
    let c = d4 - d2, e = d3 - d1
    return (
        d4.addingProduct(Vector(-5), d2).addingProduct(Vector(4), d0), a + b, a - b,
        c.addingProduct(Vector(2), e), c.addingProduct(Vector(-2), e),
        d5.addingProduct(Vector(-5), d3).addingProduct(Vector(4), d1)
    )
}

@inline(__always)
private func outputTransform(
    _ m0: Vector, _ m1: Vector, _ m2: Vector, _ m3: Vector, _ m4: Vector, _ m5: Vector
) -> (Vector, Vector, Vector, Vector) {
    let a = m1 + m2, b = m1 - m2, c = m3 + m4, d = m3 - m4
    return (
        m0 + a + c, b.addingProduct(Vector(2), d), a.addingProduct(Vector(4), c), (b + m5).addingProduct(Vector(8), d)
    )
}

/// `Bᵀ d B` of a 6×6 window of blocked pixels whose rows are `row` elements apart; place (i, j) goes to
/// `out + (6 i + j) · 16`.
///
/// - Parameter t: 36 vectors.
@inline(__always)
private func transform6x6(
    _ d: UnsafePointer<Float>, _ row: Int, _ t: UnsafeMutablePointer<Vector>, _ out: UnsafeMutablePointer<Float>
) {
    for j in 0..<6 {
        let p = d + j * 16
        let o = inputTransform(
            load(p), load(p + row), load(p + 2 * row), load(p + 3 * row), load(p + 4 * row), load(p + 5 * row))
        (t[j], t[6 + j], t[12 + j]) = (o.0, o.1, o.2)
        (t[18 + j], t[24 + j], t[30 + j]) = (o.3, o.4, o.5)
    }
    for i in 0..<6 {
        let o = inputTransform(t[i * 6], t[i * 6 + 1], t[i * 6 + 2], t[i * 6 + 3], t[i * 6 + 4], t[i * 6 + 5])
        let q = out + i * 96
        store(o.0, q)
        store(o.1, q + 16)
        store(o.2, q + 32)
        store(o.3, q + 48)
        store(o.4, q + 64)
        store(o.5, q + 80)
    }
}

/// `finish(Aᵀ m A + bias, y, x)`: a 4×4 window of blocked pixels.
///
/// - Parameter t: 24 vectors.
@inline(__always)
private func transform4x4(
    _ m: UnsafePointer<Float>, _ bias: Vector, _ t: UnsafeMutablePointer<Vector>, _ out: UnsafeMutablePointer<Float>,
    _ row: Int, _ finish: (Vector, Int, Int) -> Vector
) {
    for j in 0..<6 {
        let p = m + j * 16
        let o = outputTransform(
            load(p), load(p + 96), load(p + 192), load(p + 288), load(p + 384),
            load(p + 480))
        (t[j], t[6 + j], t[12 + j], t[18 + j]) = (o.0, o.1, o.2, o.3)
    }
    for i in 0..<4 {
        let o = outputTransform(t[i * 6], t[i * 6 + 1], t[i * 6 + 2], t[i * 6 + 3], t[i * 6 + 4], t[i * 6 + 5])
        let q = out + i * row
        store(finish(o.0 + bias, i, 0), q)
        store(finish(o.1 + bias, i, 1), q + 16)
        store(finish(o.2 + bias, i, 2), q + 32)
        store(finish(o.3 + bias, i, 3), q + 48)
    }
}
