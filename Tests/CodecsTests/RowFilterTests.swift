@testable import Codecs
import Raster
import Testing

@Suite("Row filters undo each other, and agree with libpng")
struct RowFilterTests {
    @Test("Applying and undoing gives the row back", arguments: RowFilter.allCases, [1, 2, 3, 4, 6, 8])
    func inverse(filter: RowFilter, bytesPerPixel: Int) {
        for pixels in [1, 2, 7, 8, 33, 70] {
            let count = pixels * bytesPerPixel
            for seed in 0..<4 {
                // Random, and the extremes that overflow narrow arithmetic.
                func fill(_ salt: Int) -> [UInt8] {
                    (0..<(count + 4)).map {
                        seed == 0
                            ? UInt8(255 * (($0 + salt) & 1))
                            : UInt8(truncatingIfNeeded: ($0 &* 7919 &+ salt &* 104_729) >> seed)
                    }
                }
                let row = fill(1), above = fill(2)
                var stored = [UInt8](repeating: 0x5a, count: count + 4)
                filter.apply(row, above: above, to: &stored, count: count, bytesPerPixel: bytesPerPixel)
                #expect(stored[count...].allSatisfy { $0 == 0x5a })
                let sums = RowFilter.magnitudes(row, above: above, count: count, bytesPerPixel: bytesPerPixel)
                let sum = stored[..<count].reduce(0) { $0 + abs(Int(Int8(bitPattern: $1))) }
                #expect(sums[Int(filter.rawValue)] == UInt64(sum))
                let cheapest = RowFilter.cheapest(row, above: above, count: count, bytesPerPixel: bytesPerPixel)
                #expect(sums[Int(cheapest.rawValue)] <= UInt64(sum))
                if sums[Int(cheapest.rawValue)] == UInt64(sum) { #expect(cheapest.rawValue <= filter.rawValue) }
                for index in 0..<count {
                    let left = index < bytesPerPixel ? 0 : row[index - bytesPerPixel]
                    let corner = index < bytesPerPixel ? 0 : above[index - bytesPerPixel]
                    let prediction: UInt8 =
                        switch filter {
                        case .none: 0
                        case .sub: left
                        case .up: above[index]
                        case .average: UInt8((Int(left) + Int(above[index])) / 2)
                        case .paeth: paethPrediction(left, above[index], corner)
                        }
                    #expect(stored[index] == row[index] &- prediction)
                }
                filter.undo(&stored, above: above, count: count, bytesPerPixel: bytesPerPixel)
                #expect(stored[..<count] == row[..<count])
                #expect(stored[count...].allSatisfy { $0 == 0x5a })
            }
        }
    }

    @Test(
        "Both ways of reading give the same samples",
        arguments: corpus.filter { $0.expected != "reject" && $0.name.hasSuffix("png") })
    func sameAsLibpng(_ file: CorpusFile) throws {
        let source = try #require(TemporaryFile(path: file.path))
        for dropAlpha in [false, true] {
            func outcome(_ wholeImageBytes: Int) -> Result<Picture, CodecError> {
                do throws(CodecError) {
                    let options = DecodeOptions(wholeImageBytes: wholeImageBytes)
                    return .success(
                        try decode(source.descriptor, options: options, request: .init(dropAlpha: dropAlpha)).picture)
                } catch { return .failure(error) }
            }
            #expect(outcome(0) == outcome(128 << 20))
        }
    }
}
