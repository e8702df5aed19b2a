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
        for block in blocks {
            var out = transformed + block * tiles.count * perTile
            for tile in tiles {
                transformInput(c, input + block * plane, tile, out)
                out += perTile
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
        let c = convolution, clamp = epilogue.clamp
        let bounds = (low: Vector(clamp?.low ?? -.infinity), high: Vector(clamp?.high ?? .infinity))
        for block in blocks {
            let plane = output + block * c.height * c.width * 16
            let other = residual.map { $0 + block * c.height * c.width * 16 }
            var m = sums + block * tiles.count * perTile
            var tile = tiles.lowerBound
            // Tile by tile, and then what is more than bounds along all that the tiles have of each row.
            while tile < tiles.upperBound {
                let tileRow = tile / c.tilesAcross, first = tileRow * c.tilesAcross
                let end = min(tiles.upperBound, first + c.tilesAcross)
                for index in tile..<end {
                    transformOutput(
                        c, m, tileRow * 4, (index - first) * 4, bias + block * 16, clamp == nil ? nil : other, bounds,
                        plane)
                    m += perTile
                }
                if clamp == nil {
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
                        nextOutput: pixels * perTile, ahead: own + next,
                        low: -.infinity, high: .infinity)
                    tiles(task, blocks: blocks, pixels: pixels, input, nil, out + panel * pixels * perTile)
                    run += count
                }
                panel += blocks
            }
        }
    }

    @inline(never) private static func transformInput(
        _ c: WinogradConvolution, _ plane: UnsafePointer<Float>, _ tile: Int, _ out: UnsafeMutablePointer<Float>
    ) {
        let row = tile / c.tilesAcross, y = row * 4 - c.top, x = (tile - row * c.tilesAcross) * 4 - c.left
        if y >= 0, x >= 0, y + 6 <= c.inputHeight, x + 6 <= c.inputWidth {
            transform6x6(plane + (y * c.inputWidth + x) * 16, c.inputWidth * 16, out)
            return
        }
        withUnsafeTemporaryAllocation(of: Vector.self, capacity: 36) { window in
            for j in 0..<6 {
                for i in 0..<6 {
                    let inside = y + j >= 0 && y + j < c.inputHeight && x + i >= 0 && x + i < c.inputWidth
                    window[j * 6 + i] = inside ? load(plane + ((y + j) * c.inputWidth + x + i) * 16) : .zero
                }
            }
            let floats = UnsafeRawPointer(window.baseAddress!).assumingMemoryBound(to: Float.self)
            transform6x6(floats, 96, out)
        }
    }

    @inline(never) private static func transformOutput(
        _ c: WinogradConvolution, _ m: UnsafePointer<Float>, _ y: Int, _ x: Int, _ bias: UnsafePointer<Float>,
        _ residual: UnsafePointer<Float>?, _ bounds: (low: Vector, high: Vector), _ plane: UnsafeMutablePointer<Float>
    ) {
        let rows = min(4, c.height - y), columns = min(4, c.width - x)
        let row = c.width * 16, place = y * row + x * 16
        if rows == 4, columns == 4 {
            if let residual {
                transform4x4(m, load(bias), plane + place, row) { sum, j, i in
                    (sum + load(residual + place + j * row + i * 16)).atLeast(bounds.low).atMost(bounds.high)
                }
            } else {
                transform4x4(m, load(bias), plane + place, row) { sum, _, _ in
                    sum.atLeast(bounds.low).atMost(bounds.high)
                }
            }
            return
        }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 256) { window in
            let window = window.baseAddress!
            transform4x4(m, load(bias), window, 64) { sum, _, _ in sum }
            for j in 0..<rows {
                for i in 0..<columns {
                    let to = place + j * row + i * 16
                    var sum = load(window + j * 64 + i * 16)
                    if let residual { sum += load(residual + to) }
                    store(sum.atLeast(bounds.low).atMost(bounds.high), plane + to)
                }
            }
        }
    }
}

@inline(__always)
private func inputTransform(
    _ d0: Vector, _ d1: Vector, _ d2: Vector, _ d3: Vector, _ d4: Vector, _ d5: Vector
) -> (Vector, Vector, Vector, Vector, Vector, Vector) {
    let a = d4 - Vector(4) * d2, b = d3 - Vector(4) * d1
    let c = d4 - d2, e = Vector(2) * (d3 - d1)
    return (
        Vector(4) * d0 - Vector(5) * d2 + d4, a + b, a - b, c + e, c - e, Vector(4) * d1 - Vector(5) * d3 + d5
    )
}

@inline(__always)
private func outputTransform(
    _ m0: Vector, _ m1: Vector, _ m2: Vector, _ m3: Vector, _ m4: Vector, _ m5: Vector
) -> (Vector, Vector, Vector, Vector) {
    let a = m1 + m2, b = m1 - m2, c = m3 + m4, d = m3 - m4
    return (m0 + a + c, b + Vector(2) * d, a + Vector(4) * c, b + Vector(8) * d + m5)
}

/// `Bᵀ d B` of a 6×6 window of blocked pixels whose rows are `row` elements apart; place (i, j) goes to
/// `out + (6 i + j) · 16`.
@inline(never)
private func transform6x6(_ d: UnsafePointer<Float>, _ row: Int, _ out: UnsafeMutablePointer<Float>) {
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 36) { t in
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
}

/// `finish(Aᵀ m A + bias, y, x)`: a 4×4 window of blocked pixels.
@inline(__always)
private func transform4x4(
    _ m: UnsafePointer<Float>, _ bias: Vector, _ out: UnsafeMutablePointer<Float>, _ row: Int,
    _ finish: (Vector, Int, Int) -> Vector
) {
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 24) { t in
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
}
