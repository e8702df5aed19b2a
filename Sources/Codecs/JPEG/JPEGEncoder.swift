import CJPEG
import Raster

/// Writes a JPEG through libjpeg: gray, or RGB as YCbCr.
final class JPEGEncoder: FormatEncoder {
    private var writer: OpaquePointer?
    private(set) var warnings: [CodecWarning] = []
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
        wanted.horizontal_sampling = options.subsampling == .s444 ? 1 : 2
        wanted.vertical_sampling = options.subsampling == .s420 ? 2 : 1
        wanted.progressive = options.progressive ? 1 : 0
        wanted.optimize = options.optimizeCoding ? 1 : 0
        let density = metadata.density ?? .unknown
        wanted.density_unit = Int32(density.jpegUnit)
        wanted.x_density = density.x
        wanted.y_density = density.y
        writer = svertka_jpeg_writer_create(descriptor, &wanted, &status)
        guard writer != nil else { throw .outOfMemory(operation: "writing a JPEG", bytes: nil) }
        guard status.kind == SVERTKA_JPEG_OK else { throw failure() }
        for segment in metadata.segments(for: picture, dropped: &warnings) {
            guard
                svertka_jpeg_writer_segment(writer, Int32(segment.marker), segment.data, segment.data.count, &status)
                    == SVERTKA_JPEG_OK
            else { throw failure() }
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
        let detail = text(status.text)
        return switch Int(status.kind) {
        case SVERTKA_JPEG_IO: .io(operation: detail, errno: status.system_error)
        case SVERTKA_JPEG_MEMORY: .outOfMemory(operation: "writing a JPEG", bytes: nil)
        default: .notEncodable(.jpeg, reason: detail)
        }
    }
}
