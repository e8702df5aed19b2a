import Dataflow
import Raster

/// A whole field in memory, with guard bytes behind every row.
final class RowBuffer {
    let format: FieldFormat
    let window: RowWindow
    private let memory: UnsafeMutableRawPointer
    private static let guardBytes = RowWindow.slack
    private static let guardByte: UInt8 = 0xA5

    init(_ format: FieldFormat) {
        self.format = format
        // An odd multiple of the sample, so that rows are not aligned to anything else.
        let alignment = format.type.byteCount
        let bytesPerRow = (format.bytesPerRow + Self.guardBytes) / alignment * alignment + alignment
        memory = .allocate(byteCount: bytesPerRow * format.size.height, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: Self.guardByte, count: bytesPerRow * format.size.height)
        window = RowWindow(base: memory, bytesPerRow: bytesPerRow, capacity: format.size.height)
    }

    convenience init(_ picture: Picture) {
        self.init(picture.format)
        for y in 0..<format.size.height {
            for i in 0..<format.samplesPerRow {
                let sample = picture.samples[y * format.samplesPerRow + i]
                if picture.type == .uint8 {
                    window.row(y, as: UInt8.self)[i] = UInt8(sample)
                } else {
                    window.row(y, as: UInt16.self)[i] = UInt16(sample)
                }
            }
        }
    }

    deinit { memory.deallocate() }

    private func sample(_ y: Int, _ i: Int) -> Double {
        switch format.type {
        case .uint8: Double(window.row(y, as: UInt8.self)[i])
        case .uint16: Double(window.row(y, as: UInt16.self)[i])
        case .int16: Double(window.row(y, as: Int16.self)[i])
        case .int32: Double(window.row(y, as: Int32.self)[i])
        case .float32: Double(window.row(y, as: Float.self)[i])
        }
    }

    /// Stored samples, row by row.
    var samples: [Double] {
        (0..<format.size.height).flatMap { y in (0..<format.samplesPerRow).map { sample(y, $0) } }
    }

    var values: Values {
        Values(format.size, channels: format.channels, samples.map { $0 / Double(format.divisor) })
    }

    var areGuardsIntact: Bool {
        (0..<format.size.height).allSatisfy { y in
            let row = window.row(y, as: UInt8.self)
            return (format.bytesPerRow..<window.bytesPerRow).allSatisfy { row[$0] == Self.guardByte }
        }
    }
}

/// The rows of a buffer, one after the other.
final class RowReading: RowSource {
    private let buffer: RowBuffer
    private var next = 0

    init(_ buffer: RowBuffer) { self.buffer = buffer }

    func read(rows: Int, into rowStart: UnsafeMutableRawPointer, bytesPerRow: Int) throws {
        for i in 0..<rows {
            (rowStart + i * bytesPerRow).copyMemory(
                from: buffer.window.row(next + i), byteCount: buffer.format.bytesPerRow)
        }
        next += rows
    }

    func skip(rows: Int) throws { next += rows }

    func finish() throws { precondition(next == buffer.format.size.height) }
}

/// Rows written into a buffer, one after the other.
final class RowWriting: RowSink {
    private let buffer: RowBuffer
    private var next = 0

    init(_ buffer: RowBuffer) { self.buffer = buffer }

    func write(rows: Int, from rowStart: UnsafeRawPointer, bytesPerRow: Int) throws {
        for i in 0..<rows {
            buffer.window.row(next + i).copyMemory(
                from: rowStart + i * bytesPerRow, byteCount: buffer.format.bytesPerRow)
        }
        next += rows
    }

    func finish() throws { precondition(next == buffer.format.size.height) }
}
