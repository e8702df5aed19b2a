import Dataflow
import Kernels
import Raster

/// Slides a window of weights over interleaved rows: `out[y, x] = Σ weight · in[y·s + i − a, x·s + j − b] + offset`.
struct ConvolveRows: WindowOperator {
    let window: WindowGeometry
    let input: FieldFormat
    let sums: FieldFormat
    let convolution: RowConvolution
    /// Added to every stored sample.
    let offset: Double
    let arithmetic: String
    var rounding: Rounding?

    func margin(_ index: Int) -> RowMargin { window.margin }

    private var channels: Int { input.channels }
    private var halo: Int { (window.columns - 1) * channels }
    private var needsZeros: Bool { window.border == .zero && window.rows > 1 }
    private var zeroBytes: Int {
        needsZeros ? ((input.size.width + 2 * window.columns) * channels * 4 + 255) & ~63 : 0
    }
    /// Samples of a row before the stride leaves some out.
    private var fullCount: Int { ((output.size.width - 1) * window.stride + 1) * channels }
    private var fullBytes: Int { window.stride == 1 ? 0 : (fullCount * 4 + 255) & ~63 }

    var scratchByteCount: Int { zeroBytes + fullBytes + convolution.scratchByteCount(halo: halo) }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let bytes = input.type.byteCount
        let zeros = UnsafeRawPointer(work.scratch + window.columns * channels * bytes)
        let full = work.scratch + zeroBytes
        let scratch = full + fullBytes
        let shift = window.firstColumn * channels * bytes
        // With a stride each row is thinned out right after it is computed.
        let batchRows = window.stride == 1 ? rows.count : 1
        withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: batchRows * window.rows) { pointers in
            withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: batchRows) { outputs in
                for start in stride(from: rows.lowerBound, to: rows.upperBound, by: batchRows) {
                    for row in 0..<batchRows {
                        let first = window.firstRow(start + row)
                        for i in 0..<window.rows {
                            let source = window.border.source(of: first + i, count: input.size.height)
                            pointers[row * window.rows + i] =
                                (source.map { UnsafeRawPointer(inputs[0].row($0)) } ?? zeros) + shift
                        }
                        outputs[row] = window.stride == 1 ? output.row(start + row) : full
                    }
                    convolution.compute(
                        ConvolutionBatch(
                            rows: pointers.baseAddress!, windowRows: window.rows, outputs: outputs.baseAddress!,
                            rowCount: batchRows, count: fullCount, halo: halo, offset: offset,
                            quantizer: rounding?.quantizer),
                        storedType: sums.type, scratch: scratch)
                    if window.stride > 1 { thin(full, to: output.row(start)) }
                }
            }
        }
    }

    private func thin(_ row: UnsafeMutableRawPointer, to output: UnsafeMutableRawPointer) {
        let pixel = channels * sums.type.byteCount
        for x in 0..<self.output.size.width {
            (output + x * pixel).copyMemory(from: row + x * window.stride * pixel, byteCount: pixel)
        }
    }
}
