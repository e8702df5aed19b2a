import Dataflow
import Kernels
import Raster

/// Resamples down the columns and then along the rows: `out = Σᵢ vᵢ · Σⱼ hⱼ · in[i, j]`, in float32.
///
/// Columns come first, so that a picture that shrinks has few rows left when the slower pass along them begins.
struct ResizeRows: RowOperator {
    let input: FieldFormat
    let output: FieldFormat
    let columns: ResampleTaps
    let rows: ResampleTaps
    let keepsWidth: Bool
    let summary: String

    func inputRows(_ index: Int, for wanted: Range<Int>) -> Range<Int> {
        let last = rows.places[wanted.upperBound - 1]
        return rows.places[wanted.lowerBound].first..<last.first + last.count
    }

    /// A row, and as much behind it as the pass along it may read.
    var scratchByteCount: Int { (input.samplesPerRow + 4 * input.channels) * 4 }

    func compute(_ wanted: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let sums = work.scratch.assumingMemoryBound(to: Float.self)
        rows.weights.withUnsafeBufferPointer { weights in
            for y in wanted {
                let place = rows.places[y]
                let result = output.row(y, as: Float.self)
                withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: place.count) { pointers in
                    for i in 0..<place.count { pointers[i] = UnsafeRawPointer(inputs[0].row(place.first + i)) }
                    resampleColumns(
                        UnsafePointer(pointers.baseAddress!), input.type, taps: place.count,
                        centre: inputs[0].row(place.centre), weights: weights.baseAddress! + place.start,
                        to: keepsWidth ? result : sums, count: input.samplesPerRow)
                }
                if !keepsWidth { resampleRow(sums, channels: input.channels, columns, to: result) }
            }
        }
    }
}

/// Takes the nearest pixel; samples only move.
struct NearestRows: RowOperator {
    let output: FieldFormat
    let columns: [Int]
    let rows: [Int]
    var summary: String { "nearest pixels, \(output.size)" }

    func reading(_ input: Int, as format: FieldFormat) -> (any RowOperator)? {
        NearestRows(output: output.withoutAlpha, columns: columns, rows: rows)
    }

    func inputRows(_ index: Int, for wanted: Range<Int>) -> Range<Int> {
        rows[wanted.lowerBound]..<rows[wanted.upperBound - 1] + 1
    }

    func compute(_ wanted: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let pixel = self.output.channels * self.output.type.byteCount
        for y in wanted {
            gatherPixels(from: inputs[0].row(rows[y]), columns, to: output.row(y), pixelBytes: pixel)
        }
    }
}

extension Graph {
    /// The field with the nearest pixel everywhere.
    mutating func nearest(_ field: FieldID, columns: ResampleAxis, rows: ResampleAxis) -> FieldID {
        var output = format(of: field)
        output.size = ImageSize(width: columns.output, height: rows.output)
        return add(NearestRows(output: output, columns: columns.nearest, rows: rows.nearest), [field])
    }

    /// The field resampled, every channel alike; the divisor stays.
    public mutating func resampled(
        _ field: FieldID, columns: ResampleAxis, rows: ResampleAxis, _ filter: ResampleFilter
    ) -> FieldID {
        let input = format(of: field)
        let taps = (columns: columns.taps(filter), rows: rows.taps(filter))
        var output = input
        output.size = ImageSize(width: columns.output, height: rows.output)
        output.type = .float32
        output.isExact = false
        output.bounds = input.bounds.widened(by: taps.rows.overshoot).widened(by: taps.columns.overshoot)
        return add(
            ResizeRows(
                input: input, output: output, columns: taps.columns, rows: taps.rows, keepsWidth: columns.isIdentity,
                summary: "\(filter.rawValue) to \(output.size), float32"),
            [field])
    }
}

extension ClosedRange<Double> {
    /// The interval with a share of its length more on both sides.
    func widened(by share: Double) -> ClosedRange {
        let more = (upperBound - lowerBound) * share
        return lowerBound - more...upperBound + more
    }
}
