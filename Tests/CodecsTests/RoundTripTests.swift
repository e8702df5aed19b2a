@testable import Codecs
import Raster
import Testing

@Suite("What was written is read back")
struct RoundTripTests {
    @Test(
        "A PNG keeps every sample", arguments: ChannelLayout.allCases, [SampleType.uint8, .uint16])
    func png(layout: ChannelLayout, sampleType: SampleType) throws {
        for (width, height) in [(1, 1), (3, 2), (33, 17), (130, 5)] {
            let picture = Picture(width, height, layout, sampleType)
            for interlace in [false, true] {
                let file = try picture.encoded(as: .png, options: .init(interlace: interlace))
                let decoded = try decode(file)
                #expect(decoded.picture == picture)
                #expect(decoded.header.isSequential == !interlace)
                #expect(decoded.header.layout == layout)
                #expect(decoded.warnings.isEmpty)
            }
        }
    }

    @Test("Compression, filters and the size of the strips do not change the samples", arguments: PNGFilters.allCases)
    func pngOptions(filters: PNGFilters) throws {
        let picture = Picture(70, 40, .rgb)
        for compression in [0, 1, 6, 9] {
            let options = EncodeOptions(compression: compression, filters: filters)
            let file = try picture.encoded(as: .png, options: options, strip: 40)
            #expect(try picture.encoded(as: .png, options: options, strip: 1) == file)
            #expect(try decode(file, strip: 1).picture == picture)
        }
    }

    @Test("A JPEG of high quality is close", arguments: [ChannelLayout.gray, .rgb], [false, true])
    func jpeg(layout: ChannelLayout, progressive: Bool) throws {
        for (width, height) in [(1, 1), (17, 9), (64, 48)] {
            let picture = Picture(width, height, layout, noise: 0)
            let options = EncodeOptions(quality: 100, subsampling: .s444, progressive: progressive)
            let decoded = try decode(try picture.encoded(as: .jpeg, options: options))
            #expect(decoded.picture.size == picture.size && decoded.picture.layout == layout)
            #expect(decoded.header.isSequential == !progressive)
            #expect(decoded.header.hasLumaPlane)
            let worst = zip(decoded.picture.bytes, picture.bytes).map { abs(Int($0) - Int($1)) }.max()
            #expect(worst! <= 6)
        }
    }

    @Test("Luma alone is the luma that the JPEG stores", arguments: ChromaSubsampling.allCases)
    func luma(subsampling: ChromaSubsampling) throws {
        let gray = Picture(50, 30, .gray)
        var color = Picture(50, 30, .rgb)
        color.bytes = gray.bytes.flatMap { [$0, $0, $0] }
        let options = EncodeOptions(subsampling: subsampling)
        let file = try color.encoded(as: .jpeg, options: options)
        let luma = try decode(file, request: .init(lumaOnly: true))
        #expect(luma.picture.layout == .gray)
        #expect(luma.picture == (try decode(try gray.encoded(as: .jpeg, options: options))).picture)
    }

    @Test("A JPEG is scaled while it is decoded", arguments: [2, 4, 8])
    func scaled(denominator: Int) throws {
        let file = try Picture(101, 67, .rgb).encoded(as: .jpeg)
        let decoded = try decode(file, request: .init(scaleDenominator: denominator))
        #expect(decoded.picture.size.width == (101 + denominator - 1) / denominator)
        #expect(decoded.picture.size.height == (67 + denominator - 1) / denominator)
    }

    @Test("A range of rows is the same as in the whole picture", arguments: ImageFormat.allCases, [false, true])
    func rows(format: ImageFormat, wholeFirst: Bool) throws {
        let options = EncodeOptions(progressive: wholeFirst, interlace: wholeFirst)
        let file = try Picture(61, 90, .rgb).encoded(as: format, options: options)
        let whole = try decode(file).picture
        for rows in [0..<90, 0..<1, 13..<50, 17..<18, 80..<90, 40..<40, 85..<200] {
            let part = try decode(file, rows: rows).picture
            let expected = rows.clamped(to: 0..<90)
            #expect(part.size.height == expected.count)
            let wanted = whole.bytes[(expected.lowerBound * 183)..<(expected.upperBound * 183)]
            #expect(part.bytes.elementsEqual(wanted), "\(rows)")
        }
    }

    @Test("Alpha can be left out", arguments: [ChannelLayout.grayAlpha, .rgba], [SampleType.uint8, .uint16])
    func withoutAlpha(layout: ChannelLayout, sampleType: SampleType) throws {
        let picture = Picture(21, 13, layout, sampleType)
        let decoded = try decode(try picture.encoded(as: .png), request: .init(dropAlpha: true)).picture
        #expect(decoded.layout == layout.withoutAlpha)
        let pixel = layout.count * sampleType.byteCount
        let color = layout.colorCount * sampleType.byteCount
        let expected = picture.bytes.indices.filter { $0 % pixel < color }.map { picture.bytes[$0] }
        #expect(decoded.bytes == expected)
    }

    @Test("A JPEG refuses what it has no place for")
    func notEncodable() throws {
        for picture in [Picture(4, 4, .rgba), Picture(4, 4, .rgb, .uint16)] {
            #expect { try picture.encoded(as: .jpeg) } throws: { ($0 as? CodecError)?.code == "not-encodable" }
        }
    }

    /// The coefficients are the same however they are coded; here they take several large pages.
    @Test("A large JPEG of several scans, or with tables of its own, has the samples of a plain one")
    func largeCoefficients() throws {
        let picture = Picture(2100, 1100, .gray)
        let plain = try decode(try picture.encoded(as: .jpeg, strip: 1100))
        for options in [EncodeOptions(progressive: true), EncodeOptions(optimizeCoding: true)] {
            let decoded = try decode(try picture.encoded(as: .jpeg, options: options, strip: 1100))
            #expect(decoded.warnings.isEmpty && decoded.picture == plain.picture)
        }
    }
}
