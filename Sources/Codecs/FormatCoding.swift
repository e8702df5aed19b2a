/// What a format brings for reading. `ImageDecoder` checks the order of the calls and the counts of rows.
protocol FormatDecoder: AnyObject {
    var header: ImageHeader { get }
    var metadata: ImageMetadata { get }
    var warnings: [CodecWarning] { get }

    /// The picture that will come, with its full height, before rows are chosen.
    func start(_ request: DecodeRequest) throws(CodecError) -> DecodedFormat
    func read(rows: Int, into: UnsafeMutableRawPointer, bytesPerRow: Int) throws(CodecError)
    /// Passes over rows, whose damage counts as that of rows that are read.
    ///
    /// - `isRest`: no row comes after them.
    func skip(rows: Int, isRest: Bool) throws(CodecError)
    /// Called after the last row of the picture.
    func finish() throws(CodecError)
}

/// What a format brings for writing. `ImageEncoder` checks the order of the calls and the counts of rows.
protocol FormatEncoder: AnyObject {
    /// Metadata that were left out, and what the library complained about.
    var warnings: [CodecWarning] { get }

    func write(rows: Int, from: UnsafeRawPointer, bytesPerRow: Int) throws(CodecError)
    func finish() throws(CodecError)
}
