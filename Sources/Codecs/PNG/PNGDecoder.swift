import CPNG
import Raster

/// Reads a PNG: its structure by our own reader, its samples by our own as well where the picture is sound, not interlaced
/// and of moderate size, else through libpng.
final class PNGDecoder: FormatDecoder {
    let header: ImageHeader
    let metadata: ImageMetadata

    private let file: FileWindow
    private let structure: PNGStructure
    private let isTolerant: Bool
    private var problems: [CodecWarning]
    private let wholeImageBytes: Int
    private var inflated: InflatedPicture?
    private var expansion: RowExpansion?
    private var reader: OpaquePointer?
    private var status = svertka_png_status()
    private var rowBytes = 0
    /// Set when the rest of the picture is lost and is filled in.
    private var isLost = false

    init(_ file: FileWindow, options: DecodeOptions) throws(CodecError) {
        structure = try PNGStructure(file, limits: options.limits)
        self.file = file
        isTolerant = options.onTruncated == .salvage
        wholeImageBytes = options.wholeImageBytes
        metadata = structure.metadata
        problems = structure.warnings
        let png = structure.header
        let layout = png.layout(hasTransparency: !structure.transparency.isEmpty)
        let bytesPerPixel = layout.count * png.sampleType.byteCount
        try options.limits.check(png.size, bytesPerPixel: bytesPerPixel)
        let whole = InflatedPicture.peakBytes(png, imageData: structure.imageData)
        // libpng keeps two stored rows, one expanded row and zlib's window; our window and its input buffer come on top.
        let working = 2 * png.storedRowBytes + png.size.width * bytesPerPixel + 384 * 1024
        header = ImageHeader(
            format: .png, size: png.size, layout: layout, sampleType: png.sampleType,
            orientation: structure.metadata.orientation ?? 1, isSequential: !png.isInterlaced, hasLumaPlane: false,
            peakBytes: working
                + (png.isInterlaced
                    ? png.size.pixelCount * bytesPerPixel : whole <= options.wholeImageBytes ? whole : 0),
            storedBitDepth: png.bitDepth, encoding: png.encodingName, fileBytes: file.length)
        if let truncation = structure.truncation { try note(.truncated, truncation, row: nil) }
    }

    deinit { svertka_png_reader_destroy(reader) }

    var warnings: [CodecWarning] { problems + status.codecWarnings }

    func start(_ request: DecodeRequest) throws(CodecError) -> DecodedFormat {
        let layout = request.dropAlpha ? header.layout.withoutAlpha : header.layout
        let format = DecodedFormat(size: header.size, layout: layout, sampleType: header.sampleType)
        if try inflateWhole(dropAlpha: request.dropAlpha) {
            rowBytes = format.bytesPerRow
            return format
        }
        let head = libraryHead()
        reader = svertka_png_reader_create(
            file.descriptor, head, head.count, Int64(structure.imageData.lowerBound),
            Int64(structure.imageData.upperBound), request.dropAlpha ? 1 : 0, isTolerant ? 1 : 0, &rowBytes, &status)
        guard reader != nil else { throw .outOfMemory(operation: "reading a PNG", bytes: nil) }
        if status.kind == SVERTKA_PNG_OK {
            guard rowBytes == format.bytesPerRow else {
                throw .malformed(.png, detail: "libpng and the header disagree about the length of a row", offset: nil)
            }
        } else {
            try noteFailure()
            isLost = true
            rowBytes = format.bytesPerRow
        }
        return format
    }

    func read(rows: Int, into target: UnsafeMutableRawPointer, bytesPerRow: Int) throws(CodecError) {
        if let inflated, let expansion {
            for row in 0..<rows {
                let out = (target + row * bytesPerRow).assumingMemoryBound(to: UInt8.self)
                expansion.expand(inflated.next(), storedBytes: structure.header.storedRowBytes, to: out)
            }
            return
        }
        var done = 0
        if !isLost {
            let before = Int(status.rows_done)
            let kind = svertka_png_reader_read(reader, Int64(rows), target, bytesPerRow, &status)
            done = Int(status.rows_done) - before
            if kind != SVERTKA_PNG_OK {
                try noteFailure()
                // What came of an interlaced picture's passes is whole already.
                isLost = !structure.header.isInterlaced
            }
        }
        for row in done..<rows {
            (target + row * bytesPerRow).initializeMemory(as: UInt8.self, repeating: 0, count: rowBytes)
        }
    }

    func skip(rows: Int, isRest: Bool) throws(CodecError) {
        if let inflated {
            // What is inflated is known to be sound; rows are undone only for the sake of those that follow.
            if !isRest { for _ in 0..<rows { _ = inflated.next() } }
            return
        }
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: rowBytes, alignment: 16)
        defer { scratch.deallocate() }
        for _ in 0..<rows { try read(rows: 1, into: scratch, bytesPerRow: rowBytes) }
    }

    func finish() throws(CodecError) {}

    /// Whether the picture could be inflated as a whole.
    private func inflateWhole(dropAlpha: Bool) throws(CodecError) -> Bool {
        let png = structure.header
        guard !png.isInterlaced, structure.truncation == nil,
            InflatedPicture.peakBytes(png, imageData: structure.imageData) <= wholeImageBytes
        else { return false }
        expansion = RowExpansion(
            png, palette: structure.palette, transparency: structure.transparency, dropAlpha: dropAlpha)
        guard expansion != nil else { return false }
        inflated = try InflatedPicture(file, structure)
        return inflated != nil
    }

    /// What libpng is given instead of the file's beginning: only the chunks that say what the samples are.
    private func libraryHead() -> [UInt8] {
        let png = structure.header
        let data =
            bigEndian(UInt32(png.size.width)) + bigEndian(UInt32(png.size.height))
            + [UInt8(png.bitDepth), png.colorType.rawValue, 0, 0, png.isInterlaced ? 1 : 0]
        var head = PNGStructure.signature + encodedChunk(.ihdr, data)
        if !structure.palette.isEmpty { head += encodedChunk(.plte, structure.palette) }
        if !structure.transparency.isEmpty { head += encodedChunk(.trns, structure.transparency) }
        return head
    }

    /// Throws for the failure in `status`, or notes it when the file is to be salvaged.
    private func noteFailure() throws(CodecError) {
        let done = Int(status.rows_done)
        let row = structure.header.isInterlaced || done == structure.header.size.height ? nil : done
        let detail = libraryText(status.text)
        switch Int(status.kind) {
        case SVERTKA_PNG_IO: throw .io(operation: detail, errno: status.system_error)
        case SVERTKA_PNG_MEMORY: throw .outOfMemory(operation: detail, bytes: nil)
        case SVERTKA_PNG_TRUNCATED: try note(.truncated, detail, row: row)
        default: try note(.damaged, detail, row: row)
        }
    }

    private func note(_ kind: CodecWarning.Kind, _ detail: String, row: Int?) throws(CodecError) {
        guard isTolerant else {
            throw kind == .truncated
                ? .truncated(.png, detail: detail, row: row) : .damaged(.png, detail: detail, row: row)
        }
        problems.append(.init(kind, detail + (row.map { " (from row \($0) on)" } ?? "")))
    }
}
