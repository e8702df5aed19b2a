import Dataflow
import Foundation
import Raster

/// How far two pictures of one size lie apart.
public struct PictureDifference: Sendable, Equatable {
    /// Decibels of 255² over the mean squared difference; infinite for the same picture.
    public let psnr: Double
    /// The largest difference of two samples.
    public let largest: Double
    /// Which part of the samples differs.
    public let share: Double

    public var isNone: Bool { largest == 0 }

    fileprivate init(squares: Double, largest: Float, different: Int, count: Int) {
        psnr = squares == 0 ? .infinity : 10 * log10(255 * 255 * Double(count) / squares)
        self.largest = Double(largest)
        share = Double(different) / Double(max(count, 1))
    }
}

/// Keeps a value as it is stored, in a file: all steps of a large picture together may be more than the memory.
final class KeptRows: RowSink {
    let format: FieldFormat
    private var file: TemporaryFile?
    private var bytes: [UInt8]

    init(_ format: FieldFormat) {
        self.format = format
        bytes = [UInt8](repeating: 0, count: format.bytesPerRow)
    }

    func write(rows: Int, from rowStart: UnsafeRawPointer, bytesPerRow: Int) throws {
        let file = try file ?? TemporaryFile()
        self.file = file
        for row in 0..<rows {
            try file.append(UnsafeRawBufferPointer(start: rowStart + row * bytesPerRow, count: format.bytesPerRow))
        }
    }

    func finish() {}

    func load(_ y: Int, into row: inout [Float]) throws {
        try bytes.withUnsafeMutableBytes { try file?.read(at: y * format.bytesPerRow, into: $0) }
        bytes.withUnsafeBytes { format.load($0.baseAddress!, into: &row) }
    }
}

/// Compares the rows of a value with those of another that was kept: as real numbers, and as they would be written.
final class ComparedRows: RowSink {
    private let kept: KeptRows
    private let format: FieldFormat
    private var y = 0
    private var row: [Float]
    private var old: [Float]
    private var real = Sums()
    private var written = Sums()

    private struct Sums {
        var squares = 0.0
        var largest: Float = 0
        var different = 0

        mutating func add(_ difference: Float) {
            guard difference != 0 else { return }
            squares += Double(difference) * Double(difference)
            largest = max(largest, abs(difference))
            different += 1
        }
    }

    /// - Precondition: both have the same size and channels.
    init(_ format: FieldFormat, with kept: KeptRows) {
        self.format = format
        self.kept = kept
        row = [Float](repeating: 0, count: format.samplesPerRow)
        old = row
    }

    func write(rows: Int, from rowStart: UnsafeRawPointer, bytesPerRow: Int) throws {
        for index in 0..<rows {
            format.load(rowStart + index * bytesPerRow, into: &row)
            try kept.load(y, into: &old)
            for sample in row.indices {
                // The same number may be stored as an integer over a divisor here and as a float there.
                let difference = row[sample] - old[sample]
                real.add(abs(difference) < 1e-3 ? 0 : difference)
                written.add(Self.byte(row[sample]) - Self.byte(old[sample]))
            }
            y += 1
        }
    }

    func finish() {}

    private static func byte(_ value: Float) -> Float { min(max(value, 0), 255).rounded() }

    private func difference(_ sums: Sums) -> PictureDifference {
        PictureDifference(
            squares: sums.squares, largest: sums.largest, different: sums.different,
            count: format.samplesPerRow * format.size.height)
    }

    var difference: PictureDifference { difference(real) }
    /// Clipped and rounded to 8 bits.
    var writtenDifference: PictureDifference { difference(written) }
}
