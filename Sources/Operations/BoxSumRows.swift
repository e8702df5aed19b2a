import Dataflow
import KernelParameters
import Kernels
import Raster

/// Sums over a rectangle of bytes, in 16 bits. The sums of the columns go on from row to row: what enters is added, what
/// leaves is subtracted; along a row, the sums of a few columns are computed first and each of them is used several
/// times.
struct BoxSumRows: WindowOperator {
    let window: WindowGeometry
    let input: FieldFormat
    let sums: FieldFormat
    /// Added to every sum.
    let offset: Double
    let arithmetic: String
    let loops: HotLoops
    var rounding: Rounding?

    /// Whether every sum fits 16 bits.
    static func fits(rows: Int, columns: Int) -> Bool { rows > 1 && columns > 1 && rows * columns * 255 <= 65535 }

    /// The columns of a window as `parts` times `part`, and `rest`, in fewest additions.
    static func parts(of columns: Int) -> (part: Int, parts: Int, rest: Int) {
        (1...columns).map { (part: $0, parts: columns / $0, rest: columns % $0) }
            .min { $0.part + $0.parts + $0.rest < $1.part + $1.parts + $1.rest }!
    }

    private let parts: (part: Int, parts: Int, rest: Int)
    /// Samples of a row that are computed at once.
    private let blocks: [Range<Int>]
    private static let block = 3072
    /// Loops may read and write this many samples further.
    private static let slack = 128

    init(
        window: WindowGeometry, input: FieldFormat, sums: FieldFormat, offset: Double, arithmetic: String,
        loops: HotLoops
    ) {
        self.window = window
        self.input = input
        self.sums = sums
        self.offset = offset
        self.arithmetic = arithmetic
        self.loops = loops
        parts = Self.parts(of: window.columns)
        blocks = RowPieces.blocks(
            of: sums.samplesPerRow, most: Self.block, halo: (window.columns - 1) * input.channels)
    }

    // MARK: Scratch memory: the row that the columns belong to, the columns of each block, loops' scratch, pieces of
    // rows, results

    private var halo: Int { (window.columns - 1) * input.channels }
    private var blockSlots: Int { Self.block + halo + 2 * Self.slack }
    private static let tagBytes = 64
    private var columnBytes: Int { (2 * blockSlots * blocks.count + 63) & ~63 }
    private var loopBytes: Int { (4 * (blockSlots + Self.slack) + 63) & ~63 }
    private var pieceBytes: Int { (blockSlots + 63) & ~63 }

    var scratchByteCount: Int {
        Self.tagBytes + columnBytes + loopBytes + 2 * pieceBytes + 2 * (Self.block + 2 * Self.slack)
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        // Scratch memory begins as zeros, and the row that columns go on with is never row 0.
        let tag = work.scratch.assumingMemoryBound(to: Int.self)
        let goesOn = rows.lowerBound > 0 && tag[0] == rows.lowerBound
        for block in blocks.indices { sum(rows, block, goesOn, inputs[0], output, work.scratch) }
        tag[0] = rows.upperBound
    }

    private func sum(
        _ rows: Range<Int>, _ block: Int, _ goesOn: Bool, _ input: RowWindow, _ output: RowWindow,
        _ scratch: UnsafeMutableRawPointer
    ) {
        let x = blocks[block].lowerBound
        let count = blocks[block].count
        let columns = (scratch + Self.tagBytes).assumingMemoryBound(to: UInt16.self) + block * blockSlots
        let loopScratch = scratch + Self.tagBytes + columnBytes
        let buffers = loopScratch + loopBytes
        let result = buffers + 2 * pieceBytes
        let pieces = RowPieces(window: window, format: self.input)
        func row(_ y: Int, _ buffer: Int) -> UnsafePointer<UInt8> {
            pieces.piece(
                y, from: x + window.firstColumn * self.input.channels, count: count + halo, of: input,
                buffer: buffers + buffer * pieceBytes
            ).assumingMemoryBound(to: UInt8.self)
        }
        let first = window.firstRow(rows.lowerBound)
        if !goesOn {
            columns.update(repeating: 0, count: blockSlots)
            for i in 0..<window.rows - 1 { loops.addToBoxColumns(columns, row(first + i, 0), count + halo) }
        }
        for y in rows {
            let top = first + y - rows.lowerBound
            let work = BoxWork(
                columns: columns, entering: row(top + window.rows - 1, 0), leaving: row(top, 1),
                scratch: loopScratch.assumingMemoryBound(to: UInt16.self), part: parts.part, parts: parts.parts,
                rest: parts.rest, step: self.input.channels, count: count)
            let to = output.row(y) + x * self.output.type.byteCount
            if offset == 0, let division = rounding?.quantizer.shortDivision {
                // Loops write whole vectors: what does not fill one leaves through `result`.
                let isWhole = count & 127 == 0
                loops.divideBox(work, division, (isWhole ? to : result).assumingMemoryBound(to: UInt8.self))
                if !isWhole { to.copyMemory(from: result, byteCount: count) }
                continue
            }
            loops.sumBox(work, result.assumingMemoryBound(to: UInt16.self))
            if offset != 0 { addToRow(result, sums.type, term: offset, count: count) }
            if let rounding {
                quantizeRow(result, sums.type, to: to, by: rounding.quantizer, count: count)
            } else {
                to.copyMemory(from: result, byteCount: 2 * count)
            }
        }
    }
}
