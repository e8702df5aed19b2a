import Dataflow
import Operations

/// Keeps the rows of labels or boxes.
final class TableView: RowSink {
    let format: FieldFormat
    private var samples: [Float] = []

    init(_ format: FieldFormat) { self.format = format }

    func write(rows: Int, from rowStart: UnsafeRawPointer, bytesPerRow: Int) {
        for row in 0..<rows {
            let start = (rowStart + row * bytesPerRow).assumingMemoryBound(to: Float.self)
            samples += UnsafeBufferPointer(start: start, count: format.samplesPerRow)
        }
    }

    func finish() {}

    var rows: [FindingTable.Row] {
        samples.withUnsafeMutableBytes { bytes in
            FindingTable.rows(
                of: RowWindow(
                    base: bytes.baseAddress!, bytesPerRow: format.bytesPerRow, capacity: format.size.height),
                format)
        }
    }
}
