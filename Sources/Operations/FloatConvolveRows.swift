import Dataflow
import KernelParameters
import Kernels
import Raster

/// A convolution in 32-bit floats over bytes or floats: a window of weights, and where those have rank 1, a column and
/// then a row of them.
///
/// Four rows of results share what is loaded. It works on blocks of columns whose rows stay in the first-level cache.
struct FloatConvolveRows: WindowOperator {
    let window: WindowGeometry
    let input: FieldFormat
    let sums: FieldFormat
    /// Added to every stored sample.
    let offset: Double
    let arithmetic: String
    let loops: HotLoops
    var rounding: Rounding?
    private let first: FirstPass
    /// The second pass; one weight of 1 where there is none.
    private let row: [Float]
    private let rowIsMirrored: Bool
    /// Samples of a row that are computed at once.
    private let blocks: [Range<Int>]
    private static let block = 1024

    private enum FirstPass {
        /// Tables of `FloatWindowWork`.
        case window(taps: [FloatTap], ends: [Int])
        /// From the outermost weight to that of the middle.
        case mirroredColumn([Float])
    }

    /// Rows of results that share pieces.
    private static let mostRows = 16
    /// Loops may read and write this many samples further.
    private static let slack = 128

    /// - `program`: with offsets in pixels.
    init(
        window: WindowGeometry, input: FieldFormat, sums: FieldFormat, offset: Double,
        program: ConvolutionProgram<Float>, arithmetic: String, loops: HotLoops
    ) {
        self.window = window
        self.input = input
        self.sums = sums
        self.offset = offset
        self.arithmetic = arithmetic
        self.loops = loops
        switch program {
        case .taps(_, let taps):
            first = Self.window(taps, window, channels: input.channels)
            row = [1]
        case .passes(let column, let taps):
            var weights = [Float](repeating: 0, count: window.rows)
            for tap in column { weights[tap.row] = tap.weight }
            first =
                Self.isMirrored(weights) && weights.count > 1
                ? .mirroredColumn(Array(weights[...(weights.count / 2)]))
                : Self.window(column, window, channels: input.channels)
            var across = [Float](repeating: 0, count: window.columns)
            for tap in taps { across[tap.offset] = tap.weight }
            row = across
        }
        rowIsMirrored = Self.isMirrored(row)
        blocks = RowPieces.blocks(
            of: sums.samplesPerRow, most: Self.block, halo: (window.columns - 1) * input.channels)
    }

    private static func isMirrored(_ weights: [Float]) -> Bool {
        weights.count % 2 == 1 && weights.elementsEqual(weights.reversed())
    }

    /// The taps of four rows of results, in the order of the window's rows and columns. Weights of 0 are among them, lest
    /// the order in which a result adds up its products depend on which of the four rows it is.
    private static func window(
        _ taps: [Tap<Float>], _ window: WindowGeometry, channels: Int
    ) -> FirstPass {
        let columns = Set(taps.map(\.offset)).sorted()
        var weights = [[Int: Float]](repeating: [:], count: window.rows)
        for tap in taps { weights[tap.row][tap.offset] = tap.weight }
        var table: [FloatTap] = []
        var ends: [Int] = []
        for set in FloatWindowWork.sets {
            for row in 0..<window.rows + 3 where max(0, row - window.rows + 1)...min(3, row) == set {
                for column in columns {
                    let found = (0..<4).map { set.contains($0) ? weights[row - $0][column] ?? 0 : 0 }
                    table.append(FloatTap(row: row, offset: column * channels, weights: found))
                }
            }
            ends.append(table.count)
        }
        return .window(taps: table, ends: ends)
    }

    // MARK: Scratch memory: pieces of rows, four rows of sums, one row of results, the last ones of a row

    private var halo: Int { (window.columns - 1) * input.channels }
    private var pieceBytes: Int { ((Self.block + halo + 2 * Self.slack) * input.type.byteCount + 63) & ~63 }
    private var sumBytes: Int { ((Self.block + halo + 2 * Self.slack) * 4 + 63) & ~63 }
    private var pieceCount: Int { window.rows + Self.mostRows - 1 + 3 }

    var scratchByteCount: Int { pieceCount * pieceBytes + 5 * sumBytes + FloatRowWork.scratchByteCount }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: pieceCount) { pieces in
            for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.mostRows) {
                let rows = start..<min(start + Self.mostRows, rows.upperBound)
                for block in blocks {
                    take(pieces, rows, block, inputs[0], work.scratch)
                    for first in stride(from: start, to: rows.upperBound, by: 4) {
                        convolve(
                            first..<min(first + 4, rows.upperBound), block, pieces.baseAddress! + (first - start),
                            output,
                            work.scratch + pieceCount * pieceBytes)
                    }
                }
            }
        }
    }

    private func take(
        _ pointers: UnsafeMutableBufferPointer<UnsafeRawPointer>, _ rows: Range<Int>, _ block: Range<Int>,
        _ input: RowWindow, _ scratch: UnsafeMutableRawPointer
    ) {
        let pieces = RowPieces(window: window, format: self.input)
        let first = window.firstRow(rows.lowerBound)
        let count = rows.count + window.rows - 1
        for i in 0..<count {
            pointers.initializeElement(
                at: i,
                to: pieces.piece(
                    first + i, from: block.lowerBound + window.firstColumn * self.input.channels,
                    count: block.count + halo, of: input, buffer: scratch + i * pieceBytes))
        }
        // Rows below the last one belong to results that nobody asks for.
        for i in count..<count + 3 { pointers.initializeElement(at: i, to: pointers[count - 1]) }
    }

    private func convolve(
        _ rows: Range<Int>, _ block: Range<Int>, _ pieces: UnsafePointer<UnsafeRawPointer>, _ output: RowWindow,
        _ sums: UnsafeMutableRawPointer
    ) {
        let count = block.count + (row.count - 1) * input.channels
        let isBytes = input.type == .uint8
        switch first {
        case .window(let taps, let ends):
            taps.withUnsafeBufferPointer { taps in
                ends.withUnsafeBufferPointer { ends in
                    let work = FloatWindowWork(
                        rows: pieces, taps: taps.baseAddress ?? UnsafePointer(bitPattern: 8)!, ends: ends.baseAddress!,
                        output: sums, outputBytes: sumBytes, count: count)
                    if isBytes { loops.convolveByteWindow(work) } else { loops.convolveWindow(work) }
                }
            }
        case .mirroredColumn(let weights):
            weights.withUnsafeBufferPointer { weights in
                let work = MirroredColumnWork(
                    rows: pieces, weights: weights.baseAddress!, reach: weights.count - 1, output: sums,
                    outputBytes: sumBytes, count: count)
                if isBytes { loops.convolveByteColumn(work) } else { loops.convolveColumn(work) }
            }
        }
        row.withUnsafeBufferPointer { weights in
            for (i, y) in rows.enumerated() {
                let work = FloatRowWork(
                    row: UnsafePointer((sums + i * sumBytes).assumingMemoryBound(to: Float.self)),
                    weights: weights.baseAddress!, columnCount: weights.count, isMirrored: rowIsMirrored,
                    step: input.channels, term: Float(offset), count: block.count,
                    ahead: pieces[i + window.rows - 1] + block.count * input.type.byteCount,
                    scratch: sums + 5 * sumBytes)
                finish(work, to: output.row(y) + block.lowerBound * self.output.type.byteCount, sums + 4 * sumBytes)
            }
        }
    }

    private func finish(_ work: FloatRowWork, to output: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer) {
        guard let rounding else {
            loops.convolveRow(work, output.assumingMemoryBound(to: Float.self))
            return
        }
        if rounding.quantizer.roundsReals {
            loops.convolveRowToBytes(work, output.assumingMemoryBound(to: UInt8.self))
        } else {
            loops.convolveRow(work, scratch.assumingMemoryBound(to: Float.self))
            quantizeRow(scratch, .float32, to: output, by: rounding.quantizer, count: work.count)
        }
    }
}
