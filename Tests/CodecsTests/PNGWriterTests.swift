import CDeflate
@testable import Codecs
import Raster
import Testing

@Suite("A PNG is deflated in strips that join to one stream")
struct PNGWriterTests {
    /// Calls the indices from the last to the first, which strips must not notice.
    private static let backwards: ParallelFor = { count, body in
        for index in (0..<count).reversed() { body(index) }
    }

    @Test("Several strips, with and without threads, give one file", arguments: [0, 1, 4, 6, 9], [0, 7, 255])
    func strips(compression: Int, noise: Int) throws {
        // Six strips, which are one batch, and twenty.
        for height in [29, 97] {
            let picture = Picture(257, height, .rgb, noise: noise)
            var options = EncodeOptions(compression: compression)
            options.stripBytes = 4000
            let file = try picture.encoded(as: .png, options: options, strip: height)
            #expect(try decode(file).picture == picture)
            #expect(try decode(file, options: .init(wholeImageBytes: 0)).picture == picture)
            let target = TemporaryFile()
            let encoder = try ImageEncoder(
                descriptor: target.descriptor, format: .png, size: picture.size, layout: .rgb, sampleType: .uint8,
                options: options, parallelFor: Self.backwards)
            try picture.bytes.withUnsafeBytes {
                try encoder.write(rows: height, from: $0.baseAddress!, bytesPerRow: picture.bytesPerRow)
            }
            try encoder.finish()
            #expect(target.bytes == file)
        }
    }

    @Test("The last block of a stream is found, whatever its kind", arguments: [0, 1, 5, 9, 12])
    func lastBlock(level: Int) throws {
        let compressor = libdeflate_alloc_compressor(Int32(level))!
        defer { libdeflate_free_compressor(compressor) }
        for (count, noise) in [(0, 0), (1, 0), (20, 3), (40_000, 0), (200_000, 5), (100_000, 100_000)] {
            var state: UInt32 = 7
            let input = (0..<count).map { index -> UInt8 in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: index / 100 + Int(state >> 8) % (noise + 1))
            }
            var output = [UInt8](repeating: 0, count: libdeflate_deflate_compress_bound(compressor, count) + 16)
            let size = libdeflate_deflate_compress(compressor, input, count, &output, output.count - 16)
            let last = try #require(output.withUnsafeBytes { DeflateBlocks.last(in: $0.baseAddress!, count: size) })
            #expect((last.end + 7) / 8 == size)
            #expect(output[last.start >> 3] >> UInt8(last.start & 7) & 1 == 1)
        }
    }

    @Test("What is no deflate stream has no last block")
    func noStream() {
        var state: UInt32 = 3
        for count in 0..<300 {
            let bytes = (0..<(count + 8)).map { _ -> UInt8 in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(truncatingIfNeeded: state >> 16)
            }
            let last = bytes.withUnsafeBytes { DeflateBlocks.last(in: $0.baseAddress!, count: count) }
            if let last { #expect(last.start < last.end && last.end <= count * 8) }
        }
    }

    @Test("Cancellation of the threads is an error, not half a file")
    func cancelled() throws {
        struct Stop: Error {}
        let picture = Picture(257, 97, .rgb)
        var options = EncodeOptions()
        options.stripBytes = 4000
        let target = TemporaryFile()
        let encoder = try ImageEncoder(
            descriptor: target.descriptor, format: .png, size: picture.size, layout: .rgb, sampleType: .uint8,
            options: options, parallelFor: { _, _ in throw Stop() })
        #expect(throws: CodecError.cancelled) {
            try picture.bytes.withUnsafeBytes {
                try encoder.write(rows: 97, from: $0.baseAddress!, bytesPerRow: picture.bytesPerRow)
            }
        }
    }

    /// The level of each sample is looked for, not computed.
    @Test("Gray in 1, 2 and 4 bits holds the nearest levels", arguments: [1, 2, 4], [false, true])
    func fewBits(depth: Int, interlace: Bool) throws {
        let levels = (0..<(1 << depth)).map { $0 * 255 / (1 << depth - 1) }
        for width in [1, 7, 8, 9, 300] {
            let picture = Picture(width, 5, .gray, noise: 90)
            var options = EncodeOptions(interlace: interlace)
            options.bitDepth = depth
            let decoded = try decode(try picture.encoded(as: .png, options: options))
            #expect(decoded.header.storedBitDepth == depth && decoded.picture.layout == .gray)
            for (sample, level) in zip(picture.bytes, decoded.picture.bytes) {
                let distance = abs(Int(sample) - Int(level))
                #expect(levels.contains(Int(level)) && levels.allSatisfy { abs($0 - Int(sample)) >= distance })
            }
        }
        var options = EncodeOptions()
        options.bitDepth = depth
        #expect(throws: CodecError.self) { try Picture(3, 3, .rgb).encoded(as: .png, options: options) }
    }
}
