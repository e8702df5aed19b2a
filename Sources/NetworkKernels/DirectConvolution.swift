/// Convolution into blocked planes by sums of products over runs of input elements.
///
/// Six output pixels times sixteen output channels stay in twelve registers. For each of them the inner dimension is a
/// list of runs: places relative to the pixel's first input element, from each of which `runLength` elements count.
/// Blocked input has runs of eight channels, one for each block and place of the kernel; planes, as the first layer
/// has them, have runs of one kernel row.
public struct DirectConvolution: Sendable {
    /// Output rows and columns.
    public let height: Int
    public let width: Int
    /// Elements from one output row, or column, to the next, in the (padded) input.
    public let rowStep: Int
    public let columnStep: Int
    public let runs: [Int]
    public let runLength: Int
    /// Blocks of eight output channels.
    public let blocks: Int
    /// Places of the kernel, which neighbouring pixels share much of their input over.
    private let places: Int
    /// Whether the pixels' inputs follow each other at equal steps, also from one row to the next.
    private let isEven: Bool

    /// Output channels of a panel of weights.
    public static let panelWidth = 16
    static let pixelsPerTile = 6
    /// Elements of the inner dimension that are summed before the next panel is read: 16 KiB of weights.
    private static let depth = 256

    public init(
        height: Int, width: Int, rowStep: Int, columnStep: Int, runs: [Int], runLength: Int, blocks: Int, places: Int
    ) {
        self.places = places
        isEven = rowStep == width * columnStep
        self.height = height
        self.width = width
        self.rowStep = rowStep
        self.columnStep = columnStep
        self.runs = runs
        self.runLength = runLength
        self.blocks = blocks
    }

    public var panels: Int { (blocks + 1) / 2 }
    public var pixels: Int { height * width }
    /// Elements of the inner dimension.
    public var innerCount: Int { runs.count * runLength }
    /// Elements of the packed weights: panel after panel, inner element after inner element, 16 channels each.
    public var packedCount: Int { panels * innerCount * Self.panelWidth }

    /// Pixels that one piece of work takes: their input should stay in the second-level cache.
    public var pixelsPerPiece: Int {
        let inputPerPixel = max(1, innerCount * 4 / places)
        let fitting = (256 << 10) / inputPerPixel
        return min(384, max(48, fitting)) / 6 * 6
    }

    /// Packs weights: `weight(o, r, i)` for output channel o, run r and its element i.
    public func pack(
        outputs: Int, to packed: UnsafeMutablePointer<Float>,
        _ weight: (_ output: Int, _ run: Int, _ element: Int) -> Float
    ) {
        var out = packed
        for panel in 0..<panels {
            for run in 0..<runs.count {
                for element in 0..<runLength {
                    for lane in 0..<Self.panelWidth {
                        let output = panel * Self.panelWidth + lane
                        out[lane] = output < outputs ? weight(output, run, element) : 0
                    }
                    out += Self.panelWidth
                }
            }
        }
    }

    /// Computes some pixels of some panels of one image.
    ///
    /// - `input`: the first element of the (padded) input. `weights`: packed. `bias`, `slopes`: for all blocks.
    /// - `output`, `residual`: the image's blocked planes.
    public func compute(
        _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        slopes: UnsafePointer<Float>?, residual: UnsafePointer<Float>?, epilogue: Epilogue, pixels range: Range<Int>,
        panels: Range<Int>, to output: UnsafeMutablePointer<Float>
    ) {
        let plane = pixels * 8
        let runsPerPass = max(1, Self.depth / runLength)
        runs.withUnsafeBufferPointer { runs in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * 6 * 8) { spare in
                for panel in panels {
                    let first = output + 2 * panel * plane
                    let isPair = 2 * panel + 1 < blocks
                    let w = weights + panel * innerCount * Self.panelWidth
                    var run = 0
                    while run < runs.count {
                        let count = min(runsPerPass, runs.count - run)
                        var pixel = range.lowerBound
                        while pixel < range.upperBound {
                            tile(
                                input, runs.baseAddress! + run, count, w + run * runLength * Self.panelWidth,
                                run == 0 ? bias + panel * 16 : nil, pixel, min(6, range.upperBound - pixel), first,
                                isPair ? first + plane : nil, spare.baseAddress!)
                            pixel += 6
                        }
                        run += count
                    }
                    if epilogue.isEmpty { continue }
                    for block in 2 * panel..<min(blocks, 2 * panel + 2) {
                        let place = block * plane + range.lowerBound * 8
                        epilogue.apply(
                            output + place, residual: residual.map { $0 + place },
                            slopes: slopes.map { $0 + block * 8 },
                            pixels: range.count)
                    }
                }
            }
        }
    }

    /// One tile of up to six pixels; `bias` nil adds to what the output holds.
    @inline(__always) private func tile(
        _ input: UnsafePointer<Float>, _ runs: UnsafePointer<Int>, _ count: Int, _ weights: UnsafePointer<Float>,
        _ bias: UnsafePointer<Float>?, _ pixel: Int, _ valid: Int, _ first: UnsafeMutablePointer<Float>,
        _ second: UnsafeMutablePointer<Float>?, _ spare: UnsafeMutablePointer<Float>
    ) {
        @inline(__always) func place(_ index: Int) -> UnsafePointer<Float> {
            let p = pixel + min(index, valid - 1)
            if isEven { return input + p * columnStep }
            return input + p / width * rowStep + p % width * columnStep
        }
        let target0 = first + pixel * 8, target1 = second.map { $0 + pixel * 8 }
        if valid == 6, let target1 {
            tile6x16(
                runs, count, runLength, place(0), place(1), place(2), place(3), place(4), place(5), weights, bias,
                target0, target1)
            return
        }
        if valid == 6 {
            tile6x8(
                runs, count, runLength, place(0), place(1), place(2), place(3), place(4), place(5), weights, bias,
                target0)
            return
        }
        // Fewer pixels: the missing ones repeat the last and go to spare memory.
        let spare1 = spare + 48
        if bias == nil {
            for i in 0..<valid * 8 {
                spare[i] = target0[i]
                if let target1 { spare1[i] = target1[i] }
            }
        }
        if target1 != nil {
            tile6x16(
                runs, count, runLength, place(0), place(1), place(2), place(3), place(4), place(5), weights, bias,
                spare, spare1)
        } else {
            tile6x8(
                runs, count, runLength, place(0), place(1), place(2), place(3), place(4), place(5), weights, bias, spare
            )
        }
        for i in 0..<valid * 8 {
            target0[i] = spare[i]
            if let target1 { target1[i] = spare1[i] }
        }
    }
}

@inline(never)
private func tile6x16(
    _ runs: UnsafePointer<Int>, _ count: Int, _ length: Int, _ p0: UnsafePointer<Float>, _ p1: UnsafePointer<Float>,
    _ p2: UnsafePointer<Float>, _ p3: UnsafePointer<Float>, _ p4: UnsafePointer<Float>, _ p5: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ out0: UnsafeMutablePointer<Float>,
    _ out1: UnsafeMutablePointer<Float>
) {
    var c00: Vector, c01: Vector, c10: Vector, c11: Vector, c20: Vector, c21: Vector
    var c30: Vector, c31: Vector, c40: Vector, c41: Vector, c50: Vector, c51: Vector
    if let bias {
        c00 = load(bias)
        c01 = load(bias + 8)
        (c10, c20, c30, c40, c50) = (c00, c00, c00, c00, c00)
        (c11, c21, c31, c41, c51) = (c01, c01, c01, c01, c01)
    } else {
        (c00, c10, c20) = (load(out0), load(out0 + 8), load(out0 + 16))
        (c30, c40, c50) = (load(out0 + 24), load(out0 + 32), load(out0 + 40))
        (c01, c11, c21) = (load(out1), load(out1 + 8), load(out1 + 16))
        (c31, c41, c51) = (load(out1 + 24), load(out1 + 32), load(out1 + 40))
    }
    var w = weights
    for r in 0..<count {
        var place = runs[r]
        let end = place + length
        while place < end {
            let w0 = load(w), w1 = load(w + 8)
            var s = Vector(p0[place])
            c00 = c00.addingProduct(s, w0)
            c01 = c01.addingProduct(s, w1)
            s = Vector(p1[place])
            c10 = c10.addingProduct(s, w0)
            c11 = c11.addingProduct(s, w1)
            s = Vector(p2[place])
            c20 = c20.addingProduct(s, w0)
            c21 = c21.addingProduct(s, w1)
            s = Vector(p3[place])
            c30 = c30.addingProduct(s, w0)
            c31 = c31.addingProduct(s, w1)
            s = Vector(p4[place])
            c40 = c40.addingProduct(s, w0)
            c41 = c41.addingProduct(s, w1)
            s = Vector(p5[place])
            c50 = c50.addingProduct(s, w0)
            c51 = c51.addingProduct(s, w1)
            w += 16
            place += 1
        }
    }
    store(c00, out0)
    store(c10, out0 + 8)
    store(c20, out0 + 16)
    store(c30, out0 + 24)
    store(c40, out0 + 32)
    store(c50, out0 + 40)
    store(c01, out1)
    store(c11, out1 + 8)
    store(c21, out1 + 16)
    store(c31, out1 + 24)
    store(c41, out1 + 32)
    store(c51, out1 + 40)
}

/// The same for the last block of an odd number: the second half of each panel row is left out.
@inline(never)
private func tile6x8(
    _ runs: UnsafePointer<Int>, _ count: Int, _ length: Int, _ p0: UnsafePointer<Float>, _ p1: UnsafePointer<Float>,
    _ p2: UnsafePointer<Float>, _ p3: UnsafePointer<Float>, _ p4: UnsafePointer<Float>, _ p5: UnsafePointer<Float>,
    _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ out: UnsafeMutablePointer<Float>
) {
    var c0: Vector, c1: Vector, c2: Vector, c3: Vector, c4: Vector, c5: Vector
    if let bias {
        c0 = load(bias)
        (c1, c2, c3, c4, c5) = (c0, c0, c0, c0, c0)
    } else {
        (c0, c1, c2) = (load(out), load(out + 8), load(out + 16))
        (c3, c4, c5) = (load(out + 24), load(out + 32), load(out + 40))
    }
    var w = weights
    for r in 0..<count {
        var place = runs[r]
        let end = place + length
        while place < end {
            let w0 = load(w)
            c0 = c0.addingProduct(Vector(p0[place]), w0)
            c1 = c1.addingProduct(Vector(p1[place]), w0)
            c2 = c2.addingProduct(Vector(p2[place]), w0)
            c3 = c3.addingProduct(Vector(p3[place]), w0)
            c4 = c4.addingProduct(Vector(p4[place]), w0)
            c5 = c5.addingProduct(Vector(p5[place]), w0)
            w += 16
            place += 1
        }
    }
    store(c0, out)
    store(c1, out + 8)
    store(c2, out + 16)
    store(c3, out + 24)
    store(c4, out + 32)
    store(c5, out + 40)
}
