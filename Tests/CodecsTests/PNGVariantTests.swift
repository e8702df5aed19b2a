@testable import Codecs
import Testing

@Suite("PNG files of every kind have the samples that they were made of")
struct PNGVariantTests {
    private static let kinds = [
        (0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16),
        (6, 8), (6, 16),
    ]

    static let variants: [PNGVariant] = kinds.flatMap { colorType, bitDepth in
        [(1, 1), (3, 5), (9, 2), (33, 17)].flatMap { width, height in
            [false, true].flatMap { isInterlaced in
                (colorType < 4 ? [false, true] : [false]).map { hasTransparency in
                    PNGVariant(
                        width: width, height: height, colorType: colorType, bitDepth: bitDepth,
                        isInterlaced: isInterlaced, hasTransparency: hasTransparency,
                        split: width == 9 ? 1 : nil)
                }
            }
        }
    }

    /// Inflated as a whole by our own reader, and row by row through libpng.
    @Test("By both ways of reading", arguments: [0, 1 << 24])
    func samples(wholeImageBytes: Int) throws {
        for variant in Self.variants {
            let decoded = try decode(variant.bytes, options: .init(wholeImageBytes: wholeImageBytes))
            var bytes = decoded.picture.bytes
            if decoded.picture.sampleType == .uint16 {
                for index in stride(from: 0, to: bytes.count, by: 2) { bytes.swapAt(index, index + 1) }
            }
            #expect(bytes == variant.expected, "\(variant)")
            #expect(decoded.warnings.isEmpty, "\(variant)")
        }
    }
}
