import Dataflow
import Kernels
import Raster

/// How the products of a convolution are added up.
enum ConvolutionProgram<Sample: TapSample>: Sendable {
    /// One sum over the taps. Each virtual row is the sum of some rows of the window; taps read virtual rows.
    case taps(virtualRows: [[Int]], [Tap<Sample>])
    /// Sums that fit 16 bits each, added up in 32 bits.
    case groups(virtualRows: [[Int]], [[Tap<Sample>]])
    /// First down the columns, then along the rows.
    case passes(column: [Tap<Sample>], row: [Tap<Sample>])
}

/// Slides a window of weights over interleaved rows: `out[y, x] = Σ weight · in[y·s + i − a, x·s + j − b] + offset`.
///
/// Rows are taken in pieces whose sums stay in the first-level cache.
struct ConvolveRows<Sample: TapSample>: RowOperator {
    let window: WindowGeometry
    let input: FieldFormat
    let output: FieldFormat
    let program: ConvolutionProgram<Sample>
    /// Added to every stored sample.
    let offset: Double
    let summary: String

    func inputRows(_ index: Int, for rows: Range<Int>) -> Range<Int> { window.inputRows(for: rows) }
    func access(_ index: Int) -> InputAccess { window.access }
    func margin(_ index: Int) -> RowMargin { window.margin }

    /// Samples of a row that are computed at once.
    private static var piece: Int { 1024 }

    private var virtualCount: Int {
        switch program {
        case .taps(let rows, _), .groups(let rows, _): rows.count
        case .passes: 1
        }
    }

    private var channels: Int { input.channels }
    private var halo: Int { (window.columns - 1) * channels }
    private var needsZeros: Bool { window.border == .zero && window.rows > 1 }
    private var zeroBytes: Int {
        needsZeros ? ((input.size.width + window.columns) * channels * 4 + 255) & ~63 : 0
    }
    private var pieceBytes: Int { ((Self.piece + halo) * 4 + 255) & ~63 }

    var scratchByteCount: Int { zeroBytes + (virtualCount + 2) * pieceBytes }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let zeros = (work.scratch + window.columns * channels * 4).assumingMemoryBound(to: Sample.self)
        let shift = window.firstColumn * channels
        withUnsafeTemporaryAllocation(of: UnsafePointer<Sample>.self, capacity: window.rows) { pointers in
            for y in rows {
                let first = window.firstRow(y)
                for i in 0..<window.rows {
                    if let source = window.border.source(of: first + i, count: input.size.height) {
                        pointers[i] = UnsafePointer(inputs[0].row(source, as: Sample.self)) + shift
                    } else {
                        pointers[i] = UnsafePointer(zeros) + shift
                    }
                }
                computeRow(pointers, output.row(y), work.scratch + zeroBytes)
            }
        }
    }

    private func computeRow(
        _ pointers: UnsafeMutableBufferPointer<UnsafePointer<Sample>>, _ output: UnsafeMutableRawPointer,
        _ scratch: UnsafeMutableRawPointer
    ) {
        let bytes = self.output.type.byteCount
        if window.stride == 1 {
            let count = self.output.samplesPerRow
            var x = 0
            while x < count {
                let length = min(Self.piece, count - x)
                computePiece(pointers, at: x, length, output + x * bytes, scratch)
                x += length
            }
        } else {
            // Every column is computed and every stride-th kept: strides are rare, and pieces stay simple.
            let pixels = max(Self.piece / channels / window.stride, 1) * window.stride
            let width = (self.output.size.width - 1) * window.stride + 1
            let piece = scratch + (virtualCount + 1) * pieceBytes
            var column = 0
            while column < width {
                let length = min(pixels, width - column)
                computePiece(pointers, at: column * channels, length * channels, piece, scratch)
                for kept in stride(from: 0, to: length, by: window.stride) {
                    let target = output + (column + kept) / window.stride * channels * bytes
                    target.copyMemory(from: piece + kept * channels * bytes, byteCount: channels * bytes)
                }
                column += pixels
            }
        }
    }

    private func computePiece(
        _ pointers: UnsafeMutableBufferPointer<UnsafePointer<Sample>>, at x: Int, _ count: Int,
        _ output: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer
    ) {
        let result = output.assumingMemoryBound(to: Sample.self)
        switch program {
        case .taps(let virtualRows, let taps):
            withVirtualRows(virtualRows, pointers, at: x, count, scratch) { rows in
                taps.withUnsafeBufferPointer { Sample.convolve(rows, $0, result, count: count) }
            }
        case .groups(let virtualRows, let groups):
            let partial = (scratch + virtualCount * pieceBytes).assumingMemoryBound(to: Sample.self)
            withVirtualRows(virtualRows, pointers, at: x, count, scratch) { rows in
                for (index, group) in groups.enumerated() {
                    group.withUnsafeBufferPointer { Sample.convolve(rows, $0, partial, count: count) }
                    accumulate(
                        UnsafeRawPointer(partial).assumingMemoryBound(to: Int16.self),
                        into: output.assumingMemoryBound(to: Int32.self), isFirst: index == 0, count: count)
                }
            }
        case .passes(let column, let row):
            let sums = scratch.assumingMemoryBound(to: Sample.self)
            withUnsafeTemporaryAllocation(of: UnsafePointer<Sample>.self, capacity: pointers.count) { shifted in
                for i in pointers.indices { shifted[i] = pointers[i] + x }
                column.withUnsafeBufferPointer {
                    Sample.convolve(UnsafePointer(shifted.baseAddress!), $0, sums, count: count + halo)
                }
                shifted[0] = UnsafePointer(sums)
                row.withUnsafeBufferPointer {
                    Sample.convolve(UnsafePointer(shifted.baseAddress!), $0, result, count: count)
                }
            }
        }
        if offset != 0 { addToRow(output, self.output.type, term: offset, count: count) }
    }

    /// Calls `body` with a pointer to each virtual row at sample `x`: a row of the window itself, or the sum of several.
    private func withVirtualRows(
        _ virtualRows: [[Int]], _ pointers: UnsafeMutableBufferPointer<UnsafePointer<Sample>>, at x: Int, _ count: Int,
        _ scratch: UnsafeMutableRawPointer, _ body: (UnsafePointer<UnsafePointer<Sample>>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: UnsafePointer<Sample>.self, capacity: pointers.count + virtualRows.count) {
            shifted in
            for i in pointers.indices { shifted[virtualRows.count + i] = pointers[i] + x }
            for (index, rows) in virtualRows.enumerated() {
                if rows.count == 1 {
                    shifted[index] = shifted[virtualRows.count + rows[0]]
                } else {
                    let sums = (scratch + index * pieceBytes).assumingMemoryBound(to: Sample.self)
                    withUnsafeTemporaryAllocation(of: Tap<Sample>.self, capacity: rows.count) { taps in
                        for (i, row) in rows.enumerated() {
                            taps.initializeElement(at: i, to: Tap(row: virtualRows.count + row, offset: 0, weight: 1))
                        }
                        Sample.convolve(
                            UnsafePointer(shifted.baseAddress!), UnsafeBufferPointer(taps), sums, count: count + halo)
                    }
                    shifted[index] = UnsafePointer(sums)
                }
            }
            body(UnsafePointer(shifted.baseAddress!))
        }
    }
}
