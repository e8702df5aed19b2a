import Raster

/// Reads one picture, row by row.
///
/// The format is found by content, never by name. The order of calls is `init` (which reads the head only), `start`,
/// `read` and `skip` until all rows came, `finish`. One thread at a time uses it. The descriptor belongs to the caller, has to stay
/// open for the decoder's life, and is read with `pread` from offset 0.
public final class ImageDecoder {
    private enum Stage { case opened, reading, finished }

    private let decoder: any FormatDecoder
    private var stage = Stage.opened
    private var rowsLeft = 0

    /// Reads the head of the file.
    ///
    /// - Parameter descriptor: a regular file.
    /// - Throws: `.notAnImage` for anything else than a PNG or JPEG, `.limit` before any memory is taken for samples.
    public init(descriptor: Int32, options: DecodeOptions = .init()) throws(CodecError) {
        let file = try FileWindow(descriptor: descriptor)
        guard file.length <= options.limits.fileBytes else {
            throw .limit(.fileBytes, found: "\(file.length)", allowed: "\(options.limits.fileBytes)")
        }
        switch try sniff(file) {
        case .png: decoder = try PNGDecoder(file, options: options)
        case .jpeg: decoder = try JPEGDecoder(file, options: options)
        }
    }

    public var header: ImageHeader { decoder.header }

    /// Everything besides the samples, to be handed to an encoder.
    public var metadata: ImageMetadata { decoder.metadata }

    /// What was wrong with the file so far without keeping it from being read.
    public var warnings: [CodecWarning] { decoder.warnings }

    /// Prepares for reading. For a picture that is not sequential this may read the whole file.
    ///
    /// - Returns: what `read` will deliver; a wish that the format cannot grant is passed over.
    public func start(_ request: DecodeRequest = .init()) throws(CodecError) -> DecodedFormat {
        precondition(stage == .opened, "a decoder is started once")
        precondition([1, 2, 4, 8].contains(request.scaleDenominator), "pictures are scaled to 1, 1/2, 1/4 or 1/8")
        let format = try decoder.start(request)
        stage = .reading
        rowsLeft = format.size.height
        return format
    }

    /// Passes over the next `rows` rows, which takes less than reading them. Damage in them is found all the same.
    public func skip(rows: Int) throws(CodecError) {
        precondition(stage == .reading && rows >= 0 && rows <= rowsLeft, "more rows are passed over than there are")
        guard rows > 0 else { return }
        try decoder.skip(rows: rows, isRest: rows == rowsLeft)
        rowsLeft -= rows
    }

    /// Writes the next `rows` rows to `target`, interleaved, each `bytesPerRow` bytes after the one before.
    public func read(rows: Int, into target: UnsafeMutableRawPointer, bytesPerRow: Int) throws(CodecError) {
        precondition(stage == .reading && rows >= 0 && rows <= rowsLeft, "more rows are read than the picture has")
        guard rows > 0 else { return }
        try decoder.read(rows: rows, into: target, bytesPerRow: bytesPerRow)
        rowsLeft -= rows
    }

    /// Checks the end of the file. Called after the last row.
    public func finish() throws(CodecError) {
        precondition(stage == .reading && rowsLeft == 0, "a decoder is finished once, after its last row")
        stage = .finished
        try decoder.finish()
    }
}
