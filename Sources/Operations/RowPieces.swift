import Dataflow
import Raster

/// Pieces of rows for operators that work on a block of columns at a time, with what lies beyond the picture filled in.
struct RowPieces {
    let window: WindowGeometry
    let format: FieldFormat

    /// The samples of a row of results in blocks of at most `most`, each to be computed at once. The first and the last
    /// block, which look beyond the picture's edges, are short, because their pieces are copied.
    static func blocks(of total: Int, most: Int, halo: Int) -> [Range<Int>] {
        let edge = (halo + 127) & ~127
        guard total > 2 * edge + most / 2 else {
            return stride(from: 0, to: total, by: most).map { $0..<min($0 + most, total) }
        }
        let first = edge
        let last = first + (total - edge - first) & ~127
        let count = (last - first + most - 1) / most
        let length = ((last - first) / 128 + count - 1) / count * 128
        let middle = stride(from: first, to: last, by: length).map { $0..<min($0 + length, last) }
        return ([0..<first] + middle + [last..<total]).filter { !$0.isEmpty }
    }

    /// `count` samples from sample `start` on, which may lie before the row, of row `row`, which may lie outside the
    /// picture; behind them `RowWindow.slack` bytes can be read.
    ///
    /// Where the row has them all they are not copied to `buffer`.
    func piece(
        _ row: Int, from start: Int, count: Int, of input: RowWindow, buffer: UnsafeMutableRawPointer
    ) -> UnsafeRawPointer {
        let bytes = format.type.byteCount
        let isInside = row >= 0 && row < format.size.height
        guard let source = isInside ? row : window.border.source(of: row, count: format.size.height) else {
            buffer.initializeMemory(as: UInt8.self, repeating: 0, count: count * bytes)
            return UnsafeRawPointer(buffer)
        }
        let samples = input.row(source)
        let total = format.samplesPerRow
        if start >= 0, start + count <= total { return UnsafeRawPointer(samples + start * bytes) }
        let inside = max(start, 0)..<max(min(start + count, total), max(start, 0))
        (buffer + (inside.lowerBound - start) * bytes).copyMemory(
            from: samples + inside.lowerBound * bytes, byteCount: inside.count * bytes)
        let end = start + count
        fill(start..<inside.lowerBound, from: samples, to: buffer - start * bytes)
        fill(inside.upperBound..<max(end, inside.upperBound), from: samples, to: buffer - start * bytes)
        return UnsafeRawPointer(buffer)
    }

    /// Writes samples beside the picture, pixel by pixel, of which the first and the last one may be cut.
    private func fill(_ range: Range<Int>, from samples: UnsafeMutableRawPointer, to row: UnsafeMutableRawPointer) {
        let channels = format.channels
        let bytes = format.type.byteCount
        var x = range.lowerBound
        while x < range.upperBound {
            let pixel = x >= 0 ? x / channels : -((channels - 1 - x) / channels)
            let end = min((pixel + 1) * channels, range.upperBound)
            let to = (row + x * bytes).assumingMemoryBound(to: UInt8.self)
            if let source = window.border.source(of: pixel, count: format.size.width) {
                let from = (samples + (x + (source - pixel) * channels) * bytes).assumingMemoryBound(to: UInt8.self)
                for i in 0..<(end - x) * bytes { to[i] = from[i] }
            } else {
                for i in 0..<(end - x) * bytes { to[i] = 0 }
            }
            x = end
        }
    }
}
