import CJPEG
import Raster

/// Reads a JPEG: its head by our own reader, its samples through libjpeg.
final class JPEGDecoder: FormatDecoder {
    let header: ImageHeader
    let metadata: ImageMetadata

    private let file: FileWindow
    private let structure: JPEGStructure
    private let options: DecodeOptions
    private var reader: OpaquePointer?
    private var status = svertka_jpeg_status()
    private var problems: [CodecWarning]
    /// One row of CMYK, where the picture is converted.
    private var inks: [UInt8] = []
    /// By the embedded profile; nil for the formula.
    private var inkTransform: ColorTransform?
    private var width = 0

    init(_ file: FileWindow, options: DecodeOptions) throws(CodecError) {
        self.file = file
        self.options = options
        structure = try JPEGStructure(file, limits: options.limits)
        problems = structure.warnings
        // After conversion to RGB, the inks' profile describes nothing that is left.
        metadata = structure.components.count == 4 ? structure.metadata.stripped([.icc]) : structure.metadata
        header = ImageHeader(
            format: .jpeg, size: structure.size, layout: structure.components.count == 1 ? .gray : .rgb,
            sampleType: .uint8, orientation: structure.metadata.orientation ?? 1,
            isSequential: !structure.hasSeveralScans,
            hasLumaPlane: structure.colorSpace == .gray || structure.colorSpace == .yCbCr,
            peakBytes: JPEGDecoder.peakBytes(structure), storedBitDepth: 8, encoding: structure.encodingName,
            fileBytes: file.length)
    }

    deinit { svertka_jpeg_reader_destroy(reader) }

    /// libjpeg holds every coefficient of a file with several scans, and otherwise a strip of blocks with its context:
    /// samples of three rows of blocks before upsampling, of one after it.
    private static func peakBytes(_ structure: JPEGStructure) -> Int {
        let components = structure.components
        let horizontal = components.map(\.horizontal).max() ?? 1
        let vertical = components.map(\.vertical).max() ?? 1
        let unitsAcross = (structure.size.width + 8 * horizontal - 1) / (8 * horizontal)
        let unitsDown = (structure.size.height + 8 * vertical - 1) / (8 * vertical)
        let blocksPerUnit = components.reduce(0) { $0 + $1.horizontal * $1.vertical }
        let strip = unitsAcross * blocksPerUnit * 64 * 4 + structure.size.width * components.count * vertical * 2
        let coefficients = structure.hasSeveralScans ? unitsAcross * unitsDown * blocksPerUnit * 64 * 2 : 0
        return strip + coefficients + 512 * 1024
    }

    var warnings: [CodecWarning] { problems + status.codecWarnings }

    func start(_ request: DecodeRequest) throws(CodecError) -> DecodedFormat {
        let limit = options.limits.scans
        if structure.hasSeveralScans, try structure.countScans(file, limit: limit) > limit { throw tooManyScans }
        let isLuma = request.lumaOnly && header.hasLumaPlane
        let isInk = structure.components.count == 4
        var wanted = svertka_jpeg_request()
        wanted.output = Int32(
            isLuma || structure.colorSpace == .gray
                ? SVERTKA_JPEG_GRAY : isInk ? SVERTKA_JPEG_CMYK : SVERTKA_JPEG_RGB)
        wanted.scale_denominator = Int32(request.scaleDenominator)
        wanted.maximum_scans = Int32(clamping: options.limits.scans)
        wanted.tolerant = options.onTruncated == .salvage ? 1 : 0
        wanted.width = UInt32(structure.size.width)
        wanted.height = UInt32(structure.size.height)
        var result = svertka_jpeg_result()
        let question = CancellationQuestion(options.isCancelled)
        wanted.cancelled = { context in
            Unmanaged<CancellationQuestion>.fromOpaque(context!).takeUnretainedValue().isCancelled ? 1 : 0
        }
        self.question = question
        wanted.context = Unmanaged.passUnretained(question).toOpaque()
        reader = svertka_jpeg_reader_create(file.descriptor, &wanted, &result, &status)
        guard reader != nil else { throw .outOfMemory(operation: "reading a JPEG", bytes: nil) }
        guard status.kind == SVERTKA_JPEG_OK else { throw failure() }
        if result.lacks_bits != 0 {
            problems.append(.init(.damaged, "scans are missing: no one holds the last bits of all coefficients"))
        }
        width = Int(result.width)
        if isInk { prepareInks() }
        return DecodedFormat(
            size: ImageSize(width: width, height: Int(result.height)), layout: result.channels == 1 ? .gray : .rgb,
            sampleType: .uint8)
    }

    /// Lives as long as the reader that holds a pointer to it.
    private var question: CancellationQuestion?

    func read(rows: Int, into target: UnsafeMutableRawPointer, bytesPerRow: Int) throws(CodecError) {
        if inks.isEmpty {
            let kind = svertka_jpeg_reader_read(reader, Int64(rows), target, bytesPerRow, &status)
            guard kind == SVERTKA_JPEG_OK else { throw failure() }
            return
        }
        for row in 0..<rows {
            guard svertka_jpeg_reader_read(reader, 1, &inks, inks.count, &status) == SVERTKA_JPEG_OK else {
                throw failure()
            }
            let out = (target + row * bytesPerRow).assumingMemoryBound(to: UInt8.self)
            if let inkTransform {
                inkTransform.convert(pixels: width, from: inks, to: out)
            } else {
                convertInks(inks, isInverted: areInksInverted, to: out)
            }
        }
    }

    /// Adobe's programs store 255 − ink, and say so by their segment.
    private var areInksInverted: Bool { structure.adobeTransform != nil }

    private func prepareInks() {
        inks = [UInt8](repeating: 0, count: width * 4)
        guard structure.metadata.entries.contains(where: { $0.part == .icc }) else { return }
        if let profile = structure.metadata.profile.flatMap({ Profile(icc: $0) }), profile.space == .cmyk,
            let target = Profile(.bt709, transfer: .srgb)
        {
            inkTransform = ColorTransform(
                from: profile, PixelCode.inks(isInverted: areInksInverted), to: target, PixelCode.of(.rgb, .uint8))
        }
        if inkTransform == nil {
            problems.append(.init(.metadata, "the profile is not for CMYK; the inks are converted by formula"))
        }
    }

    func skip(rows: Int, isRest: Bool) throws(CodecError) {
        guard svertka_jpeg_reader_skip(reader, Int64(rows), isRest ? 1 : 0, &status) == SVERTKA_JPEG_OK else {
            throw failure()
        }
    }

    func finish() throws(CodecError) {
        guard svertka_jpeg_reader_finish(reader, &status) == SVERTKA_JPEG_OK else { throw failure() }
    }

    private var tooManyScans: CodecError {
        .limit(.scans, found: "more than \(options.limits.scans)", allowed: "\(options.limits.scans)")
    }

    private func failure() -> CodecError {
        let detail = libraryText(status.text)
        let row = status.rows_done > 0 ? Int(status.rows_done) : nil
        return switch Int(status.kind) {
        case SVERTKA_JPEG_TRUNCATED: .truncated(.jpeg, detail: detail, row: row)
        case SVERTKA_JPEG_DAMAGED: .damaged(.jpeg, detail: detail, row: row)
        case SVERTKA_JPEG_IO: .io(operation: detail, errno: status.system_error)
        case SVERTKA_JPEG_MEMORY: .outOfMemory(operation: "reading a JPEG", bytes: nil)
        case SVERTKA_JPEG_SCANS: tooManyScans
        case SVERTKA_JPEG_CANCELLED: .cancelled
        default: .malformed(.jpeg, detail: detail, offset: nil)
        }
    }
}

/// The caller's question in a form that C can carry.
private final class CancellationQuestion {
    private let ask: (@Sendable () -> Bool)?

    init(_ ask: (@Sendable () -> Bool)?) { self.ask = ask }

    var isCancelled: Bool { ask?() ?? false }
}
