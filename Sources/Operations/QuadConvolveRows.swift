import Dataflow
import KernelParameters
import Kernels
import Raster

/// A convolution of 8-bit rows in which every instruction multiplies four rows: bytes that lie below each other are put
/// side by side once, in groups of four rows that all columns of the kernel and several rows of results share.
///
/// It works on blocks of columns whose groups stay in the first-level cache.
struct QuadConvolveRows: WindowOperator {
    let window: WindowGeometry
    let input: FieldFormat
    let sums: FieldFormat
    let arithmetic: String
    let loops: HotLoops
    var rounding: Rounding?
    /// Added to every sum.
    private let term: Int32
    /// Samples of a row that are computed at once.
    private let blocks: [Range<Int>]
    private let block: Int
    private let layout: QuadLayout
    /// The taps of rows in the middle of the picture.
    private let table: QuadTable
    private let borders: QuadBorders?

    /// Rows of results that share groups.
    private static let mostRows = 16
    /// Loads may reach this many samples further.
    private static let slack = 64

    /// - `weights`: row by row, each −128…127; neighbours in a column, without their signs, at most 128 together.
    init(
        window: WindowGeometry, input: FieldFormat, sums: FieldFormat, weights: [Int], joined: JoinedKernel?,
        term: Int32, arithmetic: String, loops: HotLoops
    ) {
        self.window = window
        self.input = input
        self.sums = sums
        self.term = term
        self.arithmetic = arithmetic
        self.loops = loops
        let halo = (window.columns - 1) * input.channels
        let groups = QuadLayout.groupCount(Self.mostRows, windowRows: window.rows)
        block = max(256, min(1024, (32_768 / (4 * groups) - halo) & ~127))
        blocks = RowPieces.blocks(of: sums.samplesPerRow, most: block, halo: halo)
        layout = QuadLayout(
            rows: window.rows, columns: window.columns, channels: input.channels,
            groupBytes: 4 * ((block + halo + 2 * Self.slack) & ~63))
        table = QuadTable([[Int]](repeating: weights, count: 4), layout)
        let layout = layout
        borders = joined.map { QuadBorders($0, sums, layout) }
    }

    // MARK: Scratch memory: groups, pieces of rows that a group is made of, sums

    private var pieceBytes: Int { layout.groupBytes / 4 }
    private var sumBytes: Int { block * 4 }
    private var groupsBytes: Int {
        QuadLayout.groupCount(Self.mostRows, windowRows: window.rows) * layout.groupBytes
    }

    var scratchByteCount: Int { groupsBytes + 4 * pieceBytes + 4 * sumBytes + QuadWork.scratchByteCount }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.mostRows) {
            let rows = start..<min(start + Self.mostRows, rows.upperBound)
            let fours = stride(from: start, to: rows.upperBound, by: 4).map { $0..<min($0 + 4, rows.upperBound) }
            let tables = fours.map { borders?.table(for: $0) ?? table }
            for block in blocks {
                interleave(rows, at: block.lowerBound, block.count, inputs[0], work.scratch)
                for (index, rows) in fours.enumerated() {
                    convolve(
                        rows, at: block.lowerBound, block.count, tables[index],
                        work.scratch + index * layout.groupBytes, output,
                        work.scratch + groupsBytes + 4 * pieceBytes)
                }
            }
            guard let borders else { continue }
            for edge in borders.edges {
                interleave(rows, at: edge.start, edge.count, inputs[0], work.scratch)
                for (index, rows) in fours.enumerated() {
                    convolve(
                        rows, edge, borders.lanes(of: edge, for: rows), work.scratch + index * layout.groupBytes,
                        output, work.scratch + groupsBytes + 4 * pieceBytes)
                }
            }
        }
    }

    private func interleave(
        _ rows: Range<Int>, at x: Int, _ count: Int, _ input: RowWindow, _ scratch: UnsafeMutableRawPointer
    ) {
        let pieces = RowPieces(window: window, format: self.input)
        let needed = count + (window.columns - 1) * self.input.channels
        let reach = (needed + 2 * Self.slack - 1) & ~63
        let first = window.firstRow(rows.lowerBound)
        let last = window.firstRow(rows.upperBound - 1) + window.rows - 1
        let buffers = scratch + groupsBytes
        for group in 0..<QuadLayout.groupCount(rows.count, windowRows: window.rows) {
            func piece(_ i: Int) -> UnsafeRawPointer {
                pieces.piece(
                    // Rows below the last one meet weights of 0 only.
                    min(first + 4 * group + i, last), from: x + window.firstColumn * self.input.channels,
                    count: needed, of: input, buffer: buffers + i * pieceBytes)
            }
            loops.interleaveRows(
                piece(0), piece(1), piece(2), piece(3), scratch + group * layout.groupBytes, reach)
        }
    }

    private func convolve(
        _ rows: Range<Int>, at x: Int, _ count: Int, _ table: QuadTable, _ quads: UnsafeMutableRawPointer,
        _ output: RowWindow, _ scratch: UnsafeMutableRawPointer
    ) {
        let end = rounding?.quantizer.byteEnd
        withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: 4) { outputs in
            for i in 0..<4 {
                let goesOut = end != nil && i < rows.count
                outputs.initializeElement(
                    at: i, to: goesOut ? output.row(rows.lowerBound + i) + x : scratch + i * sumBytes)
            }
            table.taps.withUnsafeBufferPointer { taps in
                // An empty array may have no address.
                let start = taps.baseAddress ?? UnsafePointer(bitPattern: 8)!
                loops.convolveQuads(
                    QuadWork(
                        quads: quads, taps: start, commonCount: table.commonCount,
                        lowerCount: taps.count - table.commonCount, outputs: outputs.baseAddress!, count: count,
                        term: term, end: end ?? .sums, scratch: scratch + 4 * sumBytes))
            }
        }
        if end == nil { finish(rows, at: x, count, scratch, sumBytes, output) }
    }

    private func convolve(
        _ rows: Range<Int>, _ edge: QuadBorders.Edge, _ table: QuadLaneTable, _ quads: UnsafeMutableRawPointer,
        _ output: RowWindow, _ scratch: UnsafeMutableRawPointer
    ) {
        table.byteOffsets.withUnsafeBufferPointer { offsets in
            table.weights.withUnsafeBufferPointer { weights in
                loops.convolveQuadLanes(
                    QuadLaneWork(
                        quads: quads, byteOffsets: offsets.baseAddress!, tapCount: offsets.count,
                        weights: weights.baseAddress!, sums: scratch.assumingMemoryBound(to: Int32.self),
                        count: edge.laneCount, term: term))
            }
        }
        finish(rows, at: edge.start, edge.count, scratch, 4 * edge.laneCount, output)
    }

    private func finish(
        _ rows: Range<Int>, at x: Int, _ count: Int, _ sums: UnsafeMutableRawPointer, _ sumBytes: Int,
        _ output: RowWindow
    ) {
        for (i, row) in rows.enumerated() {
            let to = output.row(row) + x * self.output.type.byteCount
            if let rounding {
                quantizeRow(sums + i * sumBytes, .int32, to: to, by: rounding.quantizer, count: count)
            } else {
                convertRow(sums + i * sumBytes, .int32, to: to, self.sums.type, count: count)
            }
        }
    }
}
