import Raster

extension RowConvolution {
    /// Samples of a row that are computed at once: few enough that the rows of a batch stay in the first-level cache.
    private static let piece = 512

    /// Bytes of scratch memory that `compute` needs for a window that reaches `halo` samples further.
    public func scratchByteCount(halo: Int) -> Int { (scratchRows + 2) * Self.pieceBytes(halo: halo) }

    private static func pieceBytes(halo: Int) -> Int { ((piece + halo + 32) * 4 + 255) & ~63 }

    private var scratchRows: Int {
        switch self {
        case .int16(.taps(let rows, _)), .groups(let rows, _): rows.count
        case .int32(.taps(let rows, _)): rows.count
        case .float(.taps(let rows, _)): rows.count
        case .int16(.passes), .int32(.passes), .float(.passes): 1
        }
    }

    /// Computes a batch of rows, piece after piece; within a piece row after row.
    ///
    /// - `storedType`: of the results; 16-bit sums may stand for `uint16`.
    public func compute(_ batch: ConvolutionBatch, storedType: SampleType, scratch: UnsafeMutableRawPointer) {
        let pieceBytes = Self.pieceBytes(halo: batch.halo)
        let sums = scratch
        let rest = scratch + pieceBytes
        let sampleBytes = storedType.byteCount
        var x = 0
        while x < batch.count {
            let length = min(Self.piece, batch.count - x)
            for row in 0..<batch.rowCount {
                let rows = batch.rows + row * batch.windowRows
                let target = batch.quantizer == nil ? batch.outputs[row] + x * sampleBytes : sums
                switch self {
                case .int16(let program):
                    sum(program, rows, batch, at: x, length, target, rest, pieceBytes, convolveTaps)
                case .int32(let program):
                    sum(program, rows, batch, at: x, length, target, rest, pieceBytes, convolveTaps)
                case .float(let program):
                    sum(program, rows, batch, at: x, length, target, rest, pieceBytes, convolveTaps)
                case .groups(let virtualRows, let groups):
                    let partial = rest.assumingMemoryBound(to: Int16.self)
                    withVirtualRows(
                        virtualRows, rows, batch, at: x, length, rest + pieceBytes, pieceBytes, convolveTaps
                    ) { rows in
                        for (index, group) in groups.enumerated() {
                            group.withUnsafeBufferPointer { convolveTaps(rows, $0, partial, count: length) }
                            accumulate(
                                partial, into: target.assumingMemoryBound(to: Int32.self), isFirst: index == 0,
                                count: length)
                        }
                    }
                }
                batch.finish(target, row: row, at: x, length, storedType)
            }
            x += length
        }
    }

    @inline(__always)
    private func sum<Sample: Numeric>(
        _ program: ConvolutionProgram<Sample>, _ rows: UnsafePointer<UnsafeRawPointer>, _ batch: ConvolutionBatch,
        at x: Int, _ length: Int, _ target: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer,
        _ pieceBytes: Int,
        _ convolve: (
            UnsafePointer<UnsafePointer<Sample>>, UnsafeBufferPointer<Tap<Sample>>, UnsafeMutablePointer<Sample>, Int
        ) -> Void
    ) {
        let result = target.assumingMemoryBound(to: Sample.self)
        switch program {
        case .taps(let virtualRows, let taps):
            withVirtualRows(virtualRows, rows, batch, at: x, length, scratch, pieceBytes, convolve) { rows in
                taps.withUnsafeBufferPointer { convolve(rows, $0, result, length) }
            }
        case .passes(let column, let row):
            let columns = scratch.assumingMemoryBound(to: Sample.self)
            withUnsafeTemporaryAllocation(of: UnsafePointer<Sample>.self, capacity: batch.windowRows) { shifted in
                for i in 0..<batch.windowRows { shifted[i] = rows[i].assumingMemoryBound(to: Sample.self) + x }
                column.withUnsafeBufferPointer {
                    convolve(UnsafePointer(shifted.baseAddress!), $0, columns, length + batch.halo)
                }
                shifted[0] = UnsafePointer(columns)
                row.withUnsafeBufferPointer {
                    convolve(UnsafePointer(shifted.baseAddress!), $0, result, length)
                }
            }
        }
    }

    /// Calls `body` with a pointer to each virtual row at sample `x`: a row of the window itself, or the sum of several.
    @inline(__always)
    private func withVirtualRows<Sample: Numeric>(
        _ virtualRows: [[Int]], _ rows: UnsafePointer<UnsafeRawPointer>, _ batch: ConvolutionBatch, at x: Int,
        _ length: Int, _ scratch: UnsafeMutableRawPointer, _ pieceBytes: Int,
        _ convolve: (
            UnsafePointer<UnsafePointer<Sample>>, UnsafeBufferPointer<Tap<Sample>>, UnsafeMutablePointer<Sample>, Int
        ) -> Void,
        _ body: (UnsafePointer<UnsafePointer<Sample>>) -> Void
    ) {
        withUnsafeTemporaryAllocation(
            of: UnsafePointer<Sample>.self, capacity: batch.windowRows + virtualRows.count
        ) { shifted in
            let first = virtualRows.count
            for i in 0..<batch.windowRows { shifted[first + i] = rows[i].assumingMemoryBound(to: Sample.self) + x }
            for (index, members) in virtualRows.enumerated() {
                if members.count == 1 {
                    shifted[index] = shifted[first + members[0]]
                } else {
                    let sums = (scratch + index * pieceBytes).assumingMemoryBound(to: Sample.self)
                    withUnsafeTemporaryAllocation(of: Tap<Sample>.self, capacity: members.count) { taps in
                        for (i, row) in members.enumerated() {
                            taps.initializeElement(at: i, to: Tap(row: first + row, offset: 0, weight: 1))
                        }
                        convolve(
                            UnsafePointer(shifted.baseAddress!), UnsafeBufferPointer(taps), sums, length + batch.halo)
                    }
                    shifted[index] = UnsafePointer(sums)
                }
            }
            body(UnsafePointer(shifted.baseAddress!))
        }
    }
}
