import CJPEG
@testable import Codecs
import Raster
import Testing

@Suite("Every file of the corpus has the outcome that is written beside it", .enabled(if: !corpus.isEmpty, "no corpus"))
struct CorpusTests {
    @Test("Sound files have the reference's samples", arguments: corpus.filter { $0.expected == "ok" })
    func sound(_ file: CorpusFile) throws {
        let source = try #require(TemporaryFile(path: file.path))
        let decoded = try decode(source.descriptor)
        let shape = file.referenceShape
        #expect([decoded.picture.size.width, decoded.picture.size.height] == Array(shape.prefix(2)))
        #expect(decoded.header.peakBytes > 0)
        let orientation = file.orientation.map { (1...8).contains($0) ? $0 : 1 } ?? 1
        #expect(decoded.header.orientation == orientation)
        if shape[2] == 4, decoded.header.format == .jpeg {
            let inks = try storedInks(source.descriptor, shape[0], shape[1])
            #expect(sha256(inks) == file.referenceHash)
            return
        }
        #expect(decoded.picture.layout.count == shape[2])
        var bytes = decoded.picture.bytes
        if decoded.picture.sampleType == .uint16 {
            for index in stride(from: 0, to: bytes.count, by: 2) { bytes.swapAt(index, index + 1) }
        }
        #expect(sha256(bytes) == file.referenceHash)
    }

    @Test("Files to be rejected are refused", arguments: corpus.filter { $0.expected == "reject" })
    func rejected(_ file: CorpusFile) throws {
        let source = try #require(TemporaryFile(path: file.path))
        #expect(throws: CodecError.self) { try decode(source.descriptor) }
    }

    @Test("Doubtful files end, the same way every time", arguments: corpus.filter { $0.expected == "either" })
    func doubtful(_ file: CorpusFile) throws {
        let source = try #require(TemporaryFile(path: file.path))
        func outcome(_ policy: TruncationPolicy) -> Result<[UInt8], CodecError> {
            do throws(CodecError) {
                return .success(try decode(source.descriptor, options: .init(onTruncated: policy)).picture.bytes)
            } catch { return .failure(error) }
        }
        let first = outcome(.fail)
        #expect(first == outcome(.fail))
        // What is accepted strictly is accepted tolerantly, with the same samples.
        if case .success = first { #expect(first == outcome(.salvage)) }
    }

    /// The four samples of each pixel as libjpeg gives them.
    private func storedInks(_ descriptor: Int32, _ width: Int, _ height: Int) throws -> [UInt8] {
        var request = svertka_jpeg_request()
        request.output = Int32(SVERTKA_JPEG_CMYK)
        request.scale_denominator = 1
        request.maximum_scans = 100
        request.width = UInt32(width)
        request.height = UInt32(height)
        var result = svertka_jpeg_result()
        var status = svertka_jpeg_status()
        let reader = svertka_jpeg_reader_create(descriptor, &request, &result, &status)
        defer { svertka_jpeg_reader_destroy(reader) }
        try #require(status.kind == SVERTKA_JPEG_OK)
        var inks = [UInt8](repeating: 0, count: width * height * 4)
        try #require(svertka_jpeg_reader_read(reader, Int64(height), &inks, width * 4, &status) == SVERTKA_JPEG_OK)
        return inks
    }
}
