/// 3×3 convolution with stride 1 on blocked planes by Winograd's F(4×4, 3×3): 36 products for 16 outputs instead of
/// 144.
///
/// Tiles of 6×6 inputs are transformed, `V = Bᵀ d B`; for each of the 36 places a matrix of tiles × channels is
/// multiplied with one of channels × outputs, `M = V U`; tiles of 4×4 outputs are transformed back, `Aᵀ m A`. The
/// weights are transformed at load, `U = G g Gᵀ`.
///
/// Precision: about 1e-5 of the largest output, against 1e-6 of direct sums.
public struct WinogradConvolution: Sendable {
    public let height: Int
    public let width: Int
    public let inputHeight: Int
    public let inputWidth: Int
    public let top: Int
    public let left: Int
    public let inputBlocks: Int
    public let outputBlocks: Int

    public init(
        input: (height: Int, width: Int), output: (height: Int, width: Int), top: Int, left: Int, inputBlocks: Int,
        outputBlocks: Int
    ) {
        (inputHeight, inputWidth) = input
        (height, width) = output
        self.top = top
        self.left = left
        self.inputBlocks = inputBlocks
        self.outputBlocks = outputBlocks
    }

    static let places = 36

    var inputs: Int { inputBlocks * 8 }
    public var panels: Int { (outputBlocks + 1) / 2 }
    var outputs: Int { panels * 16 }
    public var tilesAcross: Int { (width + 3) / 4 }
    public var tiles: Int { tilesAcross * ((height + 3) / 4) }

    /// Tiles that one piece of work takes: enough for each panel of weights to serve several times.
    public var tilesPerPiece: Int {
        let perTile = 36 * 4 * (inputs + outputs)
        let weights = 4 * inputs * outputs
        let fitting = (weights > 512 << 10 ? 3 << 20 : 768 << 10) / perTile / 6 * 6
        return min(96, max(24, fitting))
    }

    public var packedCount: Int { Self.places * panels * inputs * 16 }
    /// Elements of working memory of one piece of work.
    public var scratchCount: Int { Self.places * (tilesPerPiece + 6) * (inputs + outputs) }

    /// Transforms and packs the weights of one output channel and one input channel.
    public func pack(
        _ kernel: UnsafePointer<Float>, output: Int, input: Int, to packed: UnsafeMutablePointer<Float>
    ) {
        let g: [[Double]] = [
            [1.0 / 4, 0, 0], [-1.0 / 6, -1.0 / 6, -1.0 / 6], [-1.0 / 6, 1.0 / 6, -1.0 / 6],
            [1.0 / 24, 1.0 / 12, 1.0 / 6], [1.0 / 24, -1.0 / 12, 1.0 / 6], [0, 0, 1],
        ]
        for i in 0..<6 {
            for j in 0..<6 {
                var sum = 0.0
                for a in 0..<3 { for b in 0..<3 { sum += g[i][a] * g[j][b] * Double(kernel[a * 3 + b]) } }
                let place = i * 6 + j
                packed[((place * panels + output / 16) * inputs + input) * 16 + output % 16] = Float(sum)
            }
        }
    }

    /// Computes some tiles of one image.
    public func compute(
        _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        slopes: UnsafePointer<Float>?, residual: UnsafePointer<Float>?, epilogue: Epilogue, tiles range: Range<Int>,
        to output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        let rows = tilesPerPiece + 6
        let v = scratch, m = scratch + Self.places * rows * inputs
        let vPlace = rows * inputs, mPlace = rows * outputs
        for block in 0..<inputBlocks {
            let plane = input + block * inputHeight * inputWidth * 8
            for (index, tile) in range.enumerated() {
                transformInput(plane, tile, v + index * inputs + block * 8, vPlace)
            }
        }
        for place in 0..<Self.places {
            let left = v + place * vPlace
            for panel in 0..<panels {
                let right = weights + (place * panels + panel) * inputs * 16
                var row = 0
                while row < range.count {
                    product(
                        inputs, left + row * inputs, right, m + place * mPlace + row * outputs + panel * 16, outputs)
                    row += 6
                }
            }
        }
        for block in 0..<outputBlocks {
            let plane = block * height * width * 8
            for (index, tile) in range.enumerated() {
                transformOutput(
                    m + index * outputs + block * 8, mPlace, tile, bias + block * 8, slopes.map { $0 + block * 8 },
                    residual.map { $0 + plane }, epilogue, output + plane)
            }
        }
    }

    @inline(never) private func transformInput(
        _ plane: UnsafePointer<Float>, _ tile: Int, _ out: UnsafeMutablePointer<Float>, _ step: Int
    ) {
        let y = tile / tilesAcross * 4 - top, x = tile % tilesAcross * 4 - left
        if y >= 0, x >= 0, y + 6 <= inputHeight, x + 6 <= inputWidth {
            transform6x6(plane + (y * inputWidth + x) * 8, inputWidth * 8, out, step)
            return
        }
        withUnsafeTemporaryAllocation(of: Vector.self, capacity: 36) { window in
            for j in 0..<6 {
                for i in 0..<6 {
                    let inside = y + j >= 0 && y + j < inputHeight && x + i >= 0 && x + i < inputWidth
                    window[j * 6 + i] = inside ? load(plane + ((y + j) * inputWidth + x + i) * 8) : .zero
                }
            }
            window.baseAddress!.withMemoryRebound(to: Float.self, capacity: 288) { transform6x6($0, 48, out, step) }
        }
    }

    @inline(never) private func transformOutput(
        _ m: UnsafePointer<Float>, _ step: Int, _ tile: Int, _ bias: UnsafePointer<Float>,
        _ slopes: UnsafePointer<Float>?, _ residual: UnsafePointer<Float>?, _ epilogue: Epilogue,
        _ plane: UnsafeMutablePointer<Float>
    ) {
        let y = tile / tilesAcross * 4, x = tile % tilesAcross * 4
        let rows = min(4, height - y), columns = min(4, width - x)
        if rows == 4, columns == 4, epilogue.isEmpty {
            transform4x4(m, step, load(bias), plane + (y * width + x) * 8, width * 8)
            return
        }
        withUnsafeTemporaryAllocation(of: Vector.self, capacity: 16) { window in
            window.baseAddress!.withMemoryRebound(to: Float.self, capacity: 128) { window in
                transform4x4(m, step, load(bias), window, 32)
                for j in 0..<rows {
                    let place = ((y + j) * width + x) * 8
                    epilogue.apply(
                        window + j * 32, residual: residual.map { $0 + place }, slopes: slopes, pixels: columns)
                    for i in 0..<columns { store(load(window + j * 32 + i * 8), plane + place + i * 8) }
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
/// `out + (6 i + j) · step`.
@inline(never)
private func transform6x6(_ d: UnsafePointer<Float>, _ row: Int, _ out: UnsafeMutablePointer<Float>, _ step: Int) {
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 36) { t in
        for j in 0..<6 {
            let p = d + j * 8
            let o = inputTransform(
                load(p), load(p + row), load(p + 2 * row), load(p + 3 * row), load(p + 4 * row), load(p + 5 * row))
            (t[j], t[6 + j], t[12 + j]) = (o.0, o.1, o.2)
            (t[18 + j], t[24 + j], t[30 + j]) = (o.3, o.4, o.5)
        }
        for i in 0..<6 {
            let o = inputTransform(t[i * 6], t[i * 6 + 1], t[i * 6 + 2], t[i * 6 + 3], t[i * 6 + 4], t[i * 6 + 5])
            let q = out + i * 6 * step
            store(o.0, q)
            store(o.1, q + step)
            store(o.2, q + 2 * step)
            store(o.3, q + 3 * step)
            store(o.4, q + 4 * step)
            store(o.5, q + 5 * step)
        }
    }
}

/// `Aᵀ m A + bias`: a 4×4 window of blocked pixels.
@inline(never)
private func transform4x4(
    _ m: UnsafePointer<Float>, _ step: Int, _ bias: Vector, _ out: UnsafeMutablePointer<Float>, _ row: Int
) {
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 24) { t in
        for j in 0..<6 {
            let p = m + j * step
            let o = outputTransform(
                load(p), load(p + 6 * step), load(p + 12 * step), load(p + 18 * step), load(p + 24 * step),
                load(p + 30 * step))
            (t[j], t[6 + j], t[12 + j], t[18 + j]) = (o.0, o.1, o.2, o.3)
        }
        for i in 0..<4 {
            let o = outputTransform(t[i * 6], t[i * 6 + 1], t[i * 6 + 2], t[i * 6 + 3], t[i * 6 + 4], t[i * 6 + 5])
            let q = out + i * row
            store(o.0 + bias, q)
            store(o.1 + bias, q + 8)
            store(o.2 + bias, q + 16)
            store(o.3 + bias, q + 24)
        }
    }
}

/// Six rows of tiles times one panel of sixteen output channels.
@inline(never)
private func product(
    _ depth: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, _ row: Int
) {
    var c00 = Vector.zero, c01 = Vector.zero, c10 = Vector.zero, c11 = Vector.zero
    var c20 = Vector.zero, c21 = Vector.zero, c30 = Vector.zero, c31 = Vector.zero
    var c40 = Vector.zero, c41 = Vector.zero, c50 = Vector.zero, c51 = Vector.zero
    let a1 = a + depth, a2 = a + 2 * depth, a3 = a + 3 * depth, a4 = a + 4 * depth, a5 = a + 5 * depth
    var b = b
    for k in 0..<depth {
        let b0 = load(b), b1 = load(b + 8)
        var s = Vector(a[k])
        c00 = c00.addingProduct(s, b0)
        c01 = c01.addingProduct(s, b1)
        s = Vector(a1[k])
        c10 = c10.addingProduct(s, b0)
        c11 = c11.addingProduct(s, b1)
        s = Vector(a2[k])
        c20 = c20.addingProduct(s, b0)
        c21 = c21.addingProduct(s, b1)
        s = Vector(a3[k])
        c30 = c30.addingProduct(s, b0)
        c31 = c31.addingProduct(s, b1)
        s = Vector(a4[k])
        c40 = c40.addingProduct(s, b0)
        c41 = c41.addingProduct(s, b1)
        s = Vector(a5[k])
        c50 = c50.addingProduct(s, b0)
        c51 = c51.addingProduct(s, b1)
        b += 16
    }
    store(c00, c)
    store(c01, c + 8)
    store(c10, c + row)
    store(c11, c + row + 8)
    store(c20, c + 2 * row)
    store(c21, c + 2 * row + 8)
    store(c30, c + 3 * row)
    store(c31, c + 3 * row + 8)
    store(c40, c + 4 * row)
    store(c41, c + 4 * row + 8)
    store(c50, c + 5 * row)
    store(c51, c + 5 * row + 8)
}
