import Raster

/// How the products of a convolution are added up; offsets are in samples.
public enum ConvolutionProgram<Sample: Sendable & Equatable>: Sendable {
    /// One sum over the taps. Each virtual row is the sum of some rows of the window; taps read virtual rows.
    case taps(virtualRows: [[Int]], [Tap<Sample>])
    /// First down the columns, then along the rows.
    case passes(column: [Tap<Sample>], row: [Tap<Sample>])
}

/// A convolution of rows in one arithmetic.
public enum RowConvolution: Sendable {
    /// 16 bits, in which sums may wrap around on the way.
    case int16(ConvolutionProgram<Int16>)
    /// Groups of taps whose sums fit 16 bits each, added up in 32 bits.
    case groups(virtualRows: [[Int]], [[Tap<Int16>]])
    case int32(ConvolutionProgram<Int32>)
    case float(ConvolutionProgram<Float>)
}

/// The rows under one batch of results.
public struct ConvolutionBatch {
    /// For each result row, `windowRows` pointers: the first sample under the window's first column.
    public let rows: UnsafePointer<UnsafeRawPointer>
    public let windowRows: Int
    public let outputs: UnsafePointer<UnsafeMutableRawPointer>
    public let rowCount: Int
    /// Samples of a result row.
    public let count: Int
    /// Samples that the window reaches beyond a result row's last one.
    public let halo: Int
    /// Added to every result, in stored units.
    public let offset: Double
    /// Where set, results become 8- or 16-bit samples at once.
    public let quantizer: Quantizer?

    public init(
        rows: UnsafePointer<UnsafeRawPointer>, windowRows: Int, outputs: UnsafePointer<UnsafeMutableRawPointer>,
        rowCount: Int, count: Int, halo: Int, offset: Double, quantizer: Quantizer?
    ) {
        self.rows = rows
        self.windowRows = windowRows
        self.outputs = outputs
        self.rowCount = rowCount
        self.count = count
        self.halo = halo
        self.offset = offset
        self.quantizer = quantizer
    }
}

extension ConvolutionBatch {
    /// Adds the offset, and rounds where the results leave as 8- or 16-bit samples.
    @inline(__always)
    func finish(
        _ sums: UnsafeMutableRawPointer, row: Int, at x: Int, _ length: Int, _ storedType: SampleType
    ) {
        if offset != 0 { addToRow(sums, storedType, term: offset, count: length) }
        if let quantizer {
            quantizeRow(
                sums, storedType, to: outputs[row] + x * quantizer.outputByteCount, by: quantizer, count: length)
        }
    }
}
