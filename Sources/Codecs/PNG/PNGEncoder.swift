import Raster

/// Writes a PNG with its metadata; interlaced through libpng, else by our own writer.
final class PNGEncoder: FormatEncoder {
    private enum Writer {
        case strips(PNGFileWriter)
        case interlaced(PNGInterlacedWriter)
    }

    private let writer: Writer
    private let chunks: [PNGChunk]
    private let dropped: [CodecWarning]

    init(
        _ descriptor: Int32, _ picture: DecodedFormat, options: EncodeOptions, metadata: ImageMetadata,
        parallelFor: ParallelFor?
    ) throws(CodecError) {
        guard picture.sampleType == .uint8 || picture.sampleType == .uint16 else {
            throw .notEncodable(.png, reason: "samples of type \(picture.sampleType)")
        }
        guard max(picture.size.width, picture.size.height) <= 0x7fff_ffff else {
            throw .notEncodable(.png, reason: "a side is longer than 2147483647")
        }
        if let palette = options.palette {
            guard picture.layout == .gray, picture.sampleType == .uint8, !options.interlace,
                (1...256).contains(palette.count)
            else {
                throw .notEncodable(
                    .png, reason: "\(palette.count) colours for samples of \(picture.sampleType) in \(picture.layout)")
            }
        }
        if let depth = options.bitDepth {
            guard [1, 2, 4].contains(depth), picture.layout == .gray, picture.sampleType == .uint8,
                options.palette == nil
            else {
                throw .notEncodable(.png, reason: "\(depth) bits for a sample hold nothing but gray without alpha")
            }
        }
        var dropped: [CodecWarning] = []
        chunks = metadata.chunks(for: picture, bitDepth: options.bitDepth, dropped: &dropped)
        self.dropped = dropped
        writer =
            options.interlace
            ? .interlaced(try PNGInterlacedWriter(descriptor, picture, options: options))
            : .strips(try PNGFileWriter(descriptor, picture, options: options, parallelFor: parallelFor))
        for chunk in chunks where !chunk.afterImage { try put(chunk) }
    }

    var warnings: [CodecWarning] {
        switch writer {
        case .strips: dropped
        case .interlaced(let writer): dropped + writer.warnings
        }
    }

    /// Each strip as samples, filtered and deflated, with what deflating keeps; of an interlaced picture all samples.
    static func peakBytes(_ picture: DecodedFormat, options: EncodeOptions, isParallel: Bool) -> Int {
        let strip = max(options.stripBytes, picture.bytesPerRow + 1)
        let all = picture.bytesPerRow * picture.size.height
        let strips = isParallel ? min(PNGFileWriter.batch, all / strip + 1) : 1
        let working = strips * (3 * strip + picture.bytesPerRow + 1 << 20)
        return working + (options.interlace ? all : 0)
    }

    func write(rows: Int, from source: UnsafeRawPointer, bytesPerRow: Int) throws(CodecError) {
        switch writer {
        case .strips(let writer): try writer.write(rows: rows, from: source, bytesPerRow: bytesPerRow)
        case .interlaced(let writer): writer.collect(rows: rows, from: source, bytesPerRow: bytesPerRow)
        }
    }

    func finish() throws(CodecError) {
        if case .interlaced(let writer) = writer { try writer.writeImage() }
        for chunk in chunks where chunk.afterImage { try put(chunk) }
        switch writer {
        case .strips(let writer): try writer.finish()
        case .interlaced(let writer): try writer.finish()
        }
    }

    private func put(_ chunk: PNGChunk) throws(CodecError) {
        switch writer {
        case .strips(let writer): try writer.put(chunk.type, chunk.data)
        case .interlaced(let writer): try writer.put(chunk.type, chunk.data)
        }
    }
}
