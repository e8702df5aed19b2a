import CPNG
import Raster

/// Writes a PNG through libpng.
final class PNGEncoder: FormatEncoder {
    private let picture: DecodedFormat
    private var chunks: [PNGChunk] = []
    private(set) var warnings: [CodecWarning] = []
    private var writer: OpaquePointer?
    private var status = svertka_png_status()
    /// All rows of an interlaced picture, whose passes need every row.
    private var collected: [UInt8]?

    init(_ descriptor: Int32, _ picture: DecodedFormat, options: EncodeOptions, metadata: ImageMetadata)
        throws(CodecError)
    {
        self.picture = picture
        guard picture.sampleType == .uint8 || picture.sampleType == .uint16 else {
            throw .notEncodable(.png, reason: "samples of type \(picture.sampleType)")
        }
        guard max(picture.size.width, picture.size.height) <= 0x7fff_ffff else {
            throw .notEncodable(.png, reason: "a side is longer than 2147483647")
        }
        if options.interlace { collected = [] }
        var wanted = svertka_png_picture()
        wanted.width = UInt32(picture.size.width)
        wanted.height = UInt32(picture.size.height)
        wanted.bit_depth = picture.sampleType == .uint16 ? 16 : 8
        wanted.channels = Int32(picture.layout.count)
        wanted.level = Int32(options.compression)
        wanted.filters =
            switch options.filters {
            case .adaptive: 0
            case .none: 1
            case .sub: 2
            case .up: 4
            case .average: 8
            case .paeth: 16
            }
        wanted.interlace = options.interlace ? 1 : 0
        writer = svertka_png_writer_create(descriptor, &wanted, &status)
        guard writer != nil else { throw .outOfMemory(operation: "writing a PNG", bytes: nil) }
        guard status.kind == SVERTKA_PNG_OK else { throw failure() }
        chunks = metadata.chunks(for: picture, dropped: &warnings)
        try writeChunks(afterImage: false)
    }

    deinit { svertka_png_writer_destroy(writer) }

    func write(rows: Int, from source: UnsafeRawPointer, bytesPerRow: Int) throws(CodecError) {
        guard collected != nil else { return try pass(rows, source, bytesPerRow) }
        for row in 0..<rows {
            collected!.append(
                contentsOf: UnsafeRawBufferPointer(start: source + row * bytesPerRow, count: picture.bytesPerRow))
        }
    }

    private func pass(_ rows: Int, _ source: UnsafeRawPointer, _ bytesPerRow: Int) throws(CodecError) {
        guard svertka_png_writer_write(writer, Int64(rows), source, bytesPerRow, &status) == SVERTKA_PNG_OK else {
            throw failure()
        }
    }

    func finish() throws(CodecError) {
        if let rows = collected {
            collected = []
            var problem: CodecError?
            rows.withUnsafeBytes { bytes in
                do throws(CodecError) {
                    try pass(picture.size.height, bytes.baseAddress!, picture.bytesPerRow)
                } catch { problem = error }
            }
            if let problem { throw problem }
        }
        try writeChunks(afterImage: true)
        guard svertka_png_writer_end(writer, &status) == SVERTKA_PNG_OK else { throw failure() }
    }

    private func writeChunks(afterImage: Bool) throws(CodecError) {
        for chunk in chunks where chunk.afterImage == afterImage {
            guard
                svertka_png_writer_chunk(writer, chunk.type.bytes, chunk.data, chunk.data.count, &status)
                    == SVERTKA_PNG_OK
            else { throw failure() }
        }
    }

    private func failure() -> CodecError {
        let detail = text(status.text)
        return switch Int(status.kind) {
        case SVERTKA_PNG_IO: .io(operation: detail, errno: status.system_error)
        case SVERTKA_PNG_MEMORY: .outOfMemory(operation: "writing a PNG", bytes: nil)
        default: .notEncodable(.png, reason: detail)
        }
    }
}
