import Dataflow
import Kernels
import Raster

/// A convolution of 8-bit rows in which every instruction multiplies two rows: bytes that lie one below the other are
/// put side by side once, in pair rows that a few following results share.
struct PairConvolveRows: RoundingOperator {
    let window: WindowGeometry
    let input: FieldFormat
    let sums: FieldFormat
    let convolution: PairConvolution
    let offset: Double
    let arithmetic: String
    var rounding: Rounding?

    var output: FieldFormat { rounding?.output ?? sums }
    var summary: String { rounding.map { "\(arithmetic), \($0.summary)" } ?? arithmetic }

    func inputRows(_ index: Int, for rows: Range<Int>) -> Range<Int> {
        // The last pair of an odd window takes the row below it along, whose weight is 0.
        var taller = window
        taller.rows += window.rows % 2
        return taller.inputRows(for: rows)
    }

    func access(_ index: Int) -> InputAccess { window.access }

    func rounded(_ rounding: Rounding) -> (any RowOperator)? {
        var copy = self
        copy.rounding = rounding
        return copy
    }

    // MARK: Pair rows

    private static let batchRows = 8
    private var channels: Int { input.channels }
    private var pairCount: Int { (window.rows + 1) / 2 }
    private var slotCount: Int { window.rows + Self.batchRows + 1 }
    /// Pair rows with their margins.
    private var margin: RowMargin { window.margin }
    private var leftBytes: Int { (margin.left * channels * 2 + 63) & ~63 }
    private var slotBytes: Int {
        (leftBytes + (input.size.width + margin.right) * channels * 2 + 128 + 63) & ~63
    }
    private var zeroBytes: Int { (input.size.width * channels + 63) & ~63 }
    private var tagBytes: Int { (slotCount * MemoryLayout<Int>.stride + 63) & ~63 }

    var scratchByteCount: Int {
        tagBytes + zeroBytes + slotCount * slotBytes + PairConvolution.scratchByteCount
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let slots = work.scratch + tagBytes + zeroBytes
        let scratch = slots + slotCount * slotBytes
        let count = self.output.samplesPerRow
        let shift = window.firstColumn * channels * 2
        withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: Self.batchRows * pairCount) { pointers in
            withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: Self.batchRows) { outputs in
                for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.batchRows) {
                    let batch = min(Self.batchRows, rows.upperBound - start)
                    for row in 0..<batch {
                        let first = window.firstRow(start + row)
                        for pair in 0..<pairCount {
                            pointers[row * pairCount + pair] =
                                UnsafeRawPointer(pairRow(first + 2 * pair, inputs[0], slots, work.scratch)) + shift
                        }
                        outputs[row] = output.row(start + row)
                    }
                    convolution.compute(
                        ConvolutionBatch(
                            rows: pointers.baseAddress!, windowRows: pairCount, outputs: outputs.baseAddress!,
                            rowCount: batch, count: count, halo: 0, offset: offset, quantizer: rounding?.quantizer),
                        storedType: sums.type, scratch: scratch)
                }
            }
        }
    }

    /// The pair of the rows `row` and `row + 1`, inside the picture or not, made where its slot holds another one.
    private func pairRow(
        _ row: Int, _ input: RowWindow, _ slots: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        let slot = (row + window.rows * 2 + slotCount) % slotCount
        let pairs = slots + slot * slotBytes + leftBytes
        let tags = scratch.assumingMemoryBound(to: Int.self)
        // Scratch memory begins as zeros, so a tag is never 0.
        let tag = row + (1 << 40)
        if tags[slot] == tag { return pairs }
        tags[slot] = tag
        let zeros = UnsafeRawPointer(scratch + tagBytes)
        func source(_ row: Int) -> UnsafePointer<UInt8> {
            let source = window.border.source(of: row, count: self.input.size.height)
            return (source.map { UnsafeRawPointer(input.row($0)) } ?? zeros).assumingMemoryBound(to: UInt8.self)
        }
        pairRows(
            source(row), source(row + 1), to: pairs.assumingMemoryBound(to: UInt16.self),
            count: self.input.samplesPerRow)
        if margin.left > 0 || margin.right > 0 {
            var format = self.input
            format.type = .uint16
            margin.fill(pairs, format)
        }
        return pairs
    }
}
