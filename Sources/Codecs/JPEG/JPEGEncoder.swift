import CJPEG
import Raster

/// Writes a JPEG through libjpeg: gray, or RGB as YCbCr.
final class JPEGEncoder: FormatEncoder {
    private var writer: OpaquePointer?
    var warnings: [CodecWarning] { dropped + status.codecWarnings }

    private var dropped: [CodecWarning] = []
    private var status = svertka_jpeg_status()

    init(_ descriptor: Int32, _ picture: DecodedFormat, options: EncodeOptions, metadata: ImageMetadata)
        throws(CodecError)
    {
        guard picture.sampleType == .uint8 else {
            throw .notEncodable(.jpeg, reason: "samples of type \(picture.sampleType)")
        }
        guard !picture.layout.hasAlpha else { throw .notEncodable(.jpeg, reason: "it has an alpha channel") }
        guard max(picture.size.width, picture.size.height) <= 65_500 else {
            throw .notEncodable(.jpeg, reason: "a side of \(picture.size) is longer than 65500")
        }
        var wanted = svertka_jpeg_picture()
        wanted.width = UInt32(picture.size.width)
        wanted.height = UInt32(picture.size.height)
        wanted.channels = Int32(picture.layout.count)
        wanted.quality = Int32(options.quality)
        let sampling = Self.sampling(options)
        wanted.horizontal_sampling = Int32(sampling.horizontal)
        wanted.vertical_sampling = Int32(sampling.vertical)
        wanted.progressive = options.progressive ? 1 : 0
        wanted.optimize = options.optimizeCoding ? 1 : 0
        let density = metadata.density ?? .unknown
        wanted.density_unit = Int32(density.jpegUnit)
        wanted.x_density = density.x
        wanted.y_density = density.y
        writer = svertka_jpeg_writer_create(descriptor, &wanted, &status)
        guard writer != nil else { throw .outOfMemory(operation: "writing a JPEG", bytes: nil) }
        guard status.kind == SVERTKA_JPEG_OK else { throw failure() }
        for segment in metadata.segments(for: picture, dropped: &dropped) {
            guard
                svertka_jpeg_writer_segment(writer, Int32(segment.marker), segment.data, segment.data.count, &status)
                    == SVERTKA_JPEG_OK
            else { throw failure() }
        }
    }

    /// libjpeg holds the coefficients of the whole picture where it makes more than one pass over them, else a strip.
    static func peakBytes(_ picture: DecodedFormat, options: EncodeOptions) -> Int {
        let (horizontal, vertical) = sampling(options)
        let unitsAcross = (picture.size.width + 8 * horizontal - 1) / (8 * horizontal)
        let unitsDown = (picture.size.height + 8 * vertical - 1) / (8 * vertical)
        let unitBytes = 128 * (picture.layout.count == 1 ? 1 : horizontal * vertical + 2)
        let isWhole = options.progressive || options.optimizeCoding
        let strip = unitsAcross * unitBytes + picture.bytesPerRow * 8 * vertical * 3
        return strip + (isWhole ? unitsAcross * unitsDown * unitBytes : 0) + 512 * 1024
    }

    /// Of luma against chroma.
    private static func sampling(_ options: EncodeOptions) -> (horizontal: Int, vertical: Int) {
        switch options.subsampling {
        case .s420: (2, 2)
        case .s422: (2, 1)
        case .s444: (1, 1)
        }
    }

    deinit { svertka_jpeg_writer_destroy(writer) }

    func write(rows: Int, from source: UnsafeRawPointer, bytesPerRow: Int) throws(CodecError) {
        guard svertka_jpeg_writer_write(writer, Int64(rows), source, bytesPerRow, &status) == SVERTKA_JPEG_OK else {
            throw failure()
        }
    }

    func finish() throws(CodecError) {
        guard svertka_jpeg_writer_finish(writer, &status) == SVERTKA_JPEG_OK else { throw failure() }
    }

    private func failure() -> CodecError {
        let detail = libraryText(status.text)
        return switch Int(status.kind) {
        case SVERTKA_JPEG_IO: .io(operation: detail, errno: status.system_error)
        case SVERTKA_JPEG_MEMORY: .outOfMemory(operation: "writing a JPEG", bytes: nil)
        default: .notEncodable(.jpeg, reason: detail)
        }
    }
}
