import Raster

/// Runs a body for each index of 0..<count, some of them at the same time if there are threads for it, and returns when
/// all have ended. Throwing means that the work was cancelled.
public typealias ParallelFor = @Sendable (_ count: Int, _ body: @Sendable (Int) -> Void) throws -> Void

/// Writes one picture, row by row.
///
/// The order of calls is `init`, `write` until all rows went, `finish`. One thread at a time uses it. The descriptor
/// belongs to the caller; bytes are appended at its present offset and neither synced nor closed. The bytes depend only on
/// the samples, the options and the metadata.
public final class ImageEncoder {
    private let encoder: any FormatEncoder
    private var rowsLeft: Int
    private var isFinished = false

    /// Writes the file's head.
    ///
    /// - Parameter metadata: what to keep of the file that the picture came from; nil for nothing.
    /// - Parameter parallelFor: used to compress parts of the picture at the same time; nil for one thread. It changes
    ///   nothing in the file.
    /// - Throws: `.notEncodable` when the format has no place for this layout, sample type or size.
    public init(
        descriptor: Int32, format: ImageFormat, size: ImageSize, layout: ChannelLayout, sampleType: SampleType,
        options: EncodeOptions = .init(), metadata: ImageMetadata? = nil,
        parallelFor: ParallelFor? = nil
    ) throws(CodecError) {
        precondition(size.width > 0 && size.height > 0, "a picture has at least one pixel")
        precondition((1...100).contains(options.quality) && (0...9).contains(options.compression))
        precondition(options.dotsPerInch.map { (1...65_535).contains($0) } ?? true)
        var metadata = metadata ?? .init()
        if let density = options.dotsPerInch { metadata.state(dotsPerInch: density) }
        rowsLeft = size.height
        let picture = DecodedFormat(size: size, layout: layout, sampleType: sampleType)
        switch format {
        case .png:
            encoder = try PNGEncoder(
                descriptor, picture, options: options, metadata: metadata, parallelFor: parallelFor)
        case .jpeg:
            encoder = try JPEGEncoder(descriptor, picture, options: options, metadata: metadata)
        }
    }

    /// Bytes that an encoder will hold while it works; the rows that it is given are the caller's.
    ///
    /// - `isParallel`: whether it has several threads.
    public static func peakBytes(
        format: ImageFormat, picture: DecodedFormat, options: EncodeOptions, isParallel: Bool
    ) -> Int {
        switch format {
        case .png: PNGEncoder.peakBytes(picture, options: options, isParallel: isParallel)
        case .jpeg: JPEGEncoder.peakBytes(picture, options: options)
        }
    }

    /// Metadata that this format or this picture has no place for, and what the library complained about.
    public var warnings: [CodecWarning] { encoder.warnings }

    /// Takes the next `rows` rows from `source`, interleaved, each `bytesPerRow` bytes after the one before.
    public func write(rows: Int, from source: UnsafeRawPointer, bytesPerRow: Int) throws(CodecError) {
        precondition(rows >= 0 && rows <= rowsLeft, "more rows are written than the picture has")
        guard rows > 0 else { return }
        try encoder.write(rows: rows, from: source, bytesPerRow: bytesPerRow)
        rowsLeft -= rows
    }

    /// Writes the file's end. Called after the last row.
    public func finish() throws(CodecError) {
        precondition(rowsLeft == 0 && !isFinished, "an encoder is finished once, after its last row")
        isFinished = true
        try encoder.finish()
    }
}
