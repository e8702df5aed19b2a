import CPNG
import Raster

/// Writes an interlaced PNG through libpng. Its passes need every row, so the picture is held as a whole.
final class PNGInterlacedWriter {
    private let picture: DecodedFormat
    private var writer: OpaquePointer?
    private var status = svertka_png_status()
    private var samples: [UInt8] = []
    private let packing: LevelPacking?

    init(_ descriptor: Int32, _ picture: DecodedFormat, options: EncodeOptions) throws(CodecError) {
        self.picture = picture
        packing = options.bitDepth.map { LevelPacking(depth: $0) }
        samples.reserveCapacity(picture.bytesPerRow * picture.size.height)
        var wanted = svertka_png_picture()
        wanted.width = UInt32(picture.size.width)
        wanted.height = UInt32(picture.size.height)
        wanted.bit_depth = Int32(options.bitDepth ?? 8 * picture.sampleType.byteCount)
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
        wanted.interlace = 1
        writer = svertka_png_writer_create(descriptor, &wanted, &status)
        guard writer != nil else { throw .outOfMemory(operation: "writing a PNG", bytes: nil) }
        try check(status.kind)
    }

    var warnings: [CodecWarning] { status.codecWarnings }

    deinit { svertka_png_writer_destroy(writer) }

    func put(_ type: ChunkType, _ data: [UInt8]) throws(CodecError) {
        try check(svertka_png_writer_chunk(writer, type.bytes, data, data.count, &status))
    }

    func collect(rows: Int, from source: UnsafeRawPointer, bytesPerRow: Int) {
        for row in 0..<rows {
            let bytes = UnsafeRawBufferPointer(start: source + row * bytesPerRow, count: picture.bytesPerRow)
            if let packing {
                samples.append(contentsOf: bytes.lazy.map { packing.levels[Int($0)] })
            } else {
                samples.append(contentsOf: bytes)
            }
        }
    }

    func writeImage() throws(CodecError) {
        try check(svertka_png_writer_write(writer, Int64(picture.size.height), samples, picture.bytesPerRow, &status))
    }

    func finish() throws(CodecError) { try check(svertka_png_writer_end(writer, &status)) }

    private func check(_ kind: Int32) throws(CodecError) {
        let detail = libraryText(status.text)
        switch Int(kind) {
        case SVERTKA_PNG_OK: return
        case SVERTKA_PNG_IO: throw .io(operation: detail, errno: status.system_error)
        case SVERTKA_PNG_MEMORY: throw .outOfMemory(operation: "writing a PNG", bytes: nil)
        default: throw .notEncodable(.png, reason: detail)
        }
    }
}
