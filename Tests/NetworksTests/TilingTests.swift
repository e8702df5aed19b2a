@testable import Dataflow
import Inference
import Operations
import Raster
import Testing

@testable import Networks

@Suite("A picture is cut so that every place gets the result of the whole")
struct TilingTests {
    /// Every place is kept exactly once, tiles lie within the whole on the alignment, and around what is kept lies what the
    /// network looks at, unless the whole ends there.
    @Test(arguments: [1, 2, 4], [(0, 0), (3, 3), (18, 18), (5, 9)])
    func everyPlaceOnce(alignment: Int, margins: (Int, Int)) throws {
        for (length, isFixed) in [(64, false), (64, true), (100, false), (48, true)] {
            try check(alignment, margins, (length, isFixed))
        }
    }

    private func check(_ alignment: Int, _ margins: (Int, Int), _ tile: (length: Int, isFixed: Bool)) throws {
        let axis = Locality.Axis(alignment: alignment, before: margins.0, after: margins.1, scale: 1)
        for count in [1, 17, 63, 64, 65, 100, 128, 500, 1001] {
            let tiling = try #require(Tiling(count, axis, length: tile.length, isFixed: tile.isFixed))
            #expect(tiling.extended >= count && tiling.extended % alignment == 0)
            #expect(!tile.isFixed || tiling.length == tile.length)
            var done = 0
            for part in tiling.tiles {
                #expect(part.kept.lowerBound == done && !part.kept.isEmpty)
                #expect(part.start >= 0 && part.start + tiling.length <= tiling.extended)
                #expect(part.start % alignment == 0)
                #expect(part.start == 0 || part.kept.lowerBound - part.start >= margins.0)
                let end = part.start + tiling.length
                #expect(end == tiling.extended || end - part.kept.upperBound >= margins.1)
                done = part.kept.upperBound
            }
            #expect(done == tiling.extended)
        }
    }

    /// Tiles that pass into each other count 1 together at every place, change little from place to place, and are asked
    /// only for what they have been given.
    @Test(arguments: [1, 17, 65, 100, 500, 1001])
    func blendedTilesAddUp(count: Int) throws {
        let axis = Locality.Axis(alignment: 4, before: 18, after: 18, scale: 1)
        let tiling = try #require(Tiling(count, axis, length: 64, isFixed: false, blend: 8))
        var sums = [Float](repeating: 0, count: tiling.extended)
        for tile in tiling.tiles {
            #expect(tile.kept.lowerBound >= tile.start && tile.kept.upperBound <= tile.start + tiling.length)
            #expect(tile.start == 0 || tile.kept.lowerBound - tile.start >= 10)
            var last: Float?
            for place in tile.kept {
                let weight = tile.weight(place)
                sums[place] += weight
                if let last { #expect(abs(weight - last) <= 0.2) }
                last = weight
            }
        }
        #expect(sums.allSatisfy { abs($0 - 1) < 1e-5 })
    }

    @Test func tilesThatAreAllMargin() {
        let axis = Locality.Axis(alignment: 1, before: 40, after: 40, scale: 1)
        #expect(Tiling(500, axis, length: 64, isFixed: false) == nil)
        #expect(Tiling(60, axis, length: 64, isFixed: false)?.tiles.count == 1)
    }
}

@Suite("A map lies over the picture as the preparation says")
struct MapTests {
    private func geometry(_ picture: (Int, Int), _ input: (Int, Int), _ fit: InputFit) -> InputGeometry {
        var card = ModelCard.Input()
        card.fit = fit
        return InputGeometry(
            ImageSize(width: picture.0, height: picture.1), to: ImageSize(width: input.0, height: input.1), card)
    }

    /// The result at every pixel, by the definition: a place of the map for each middle of a pixel.
    private func naive(
        _ map: [Float], _ size: ImageSize, planes: Int, _ geometry: InputGeometry, x: Int, y: Int
    ) -> [Double] {
        func place(_ x: Int, _ picture: Int, _ resized: Int, _ offset: Int, _ input: Int, _ map: Int) -> Double {
            let u = (Double(x) + 0.5) * Double(resized) / Double(picture) + Double(offset)
            let first = (Double(max(0, offset)) * Double(map) / Double(input)).rounded(.down)
            let end = (Double(min(input, offset + resized)) * Double(map) / Double(input)).rounded(.up)
            return min(max(u * Double(map) / Double(input) - 0.5, first), max(first, end - 1))
        }
        let u = place(
            x, geometry.picture.width, geometry.resized.width, geometry.offset.x, geometry.input.width, size.width)
        let v = place(
            y, geometry.picture.height, geometry.resized.height, geometry.offset.y, geometry.input.height, size.height)
        let (x0, y0) = (Int(u), Int(v))
        let (a, b) = (u - Double(x0), v - Double(y0))
        func at(_ x: Int, _ y: Int, _ plane: Int) -> Double {
            Double(map[(min(y, size.height - 1) * size.width + min(x, size.width - 1)) * planes + plane])
        }
        return (0..<planes).map { plane in
            // A neighbour beyond the part that shows the picture has no weight.
            let top = a == 0 ? at(x0, y0, plane) : at(x0, y0, plane) * (1 - a) + at(x0 + 1, y0, plane) * a
            if b == 0 { return top }
            let bottom =
                a == 0 ? at(x0, y0 + 1, plane) : at(x0, y0 + 1, plane) * (1 - a) + at(x0 + 1, y0 + 1, plane) * a
            return top * (1 - b) + bottom * b
        }
    }

    @Test(arguments: [InputFit.stretch, .contain, .cover]) func masksAndClasses(fit: InputFit) {
        for (picture, input, map) in [
            ((40, 30), (32, 32), (16, 16)), ((9, 50), (64, 32), (64, 32)), ((7, 7), (8, 8), (3, 5)),
        ] {
            let geometry = geometry(picture, input, fit)
            let size = ImageSize(width: map.0, height: map.1)
            var random = SeededNumbers(3)
            let planes = 3
            let values = (0..<size.pixelCount * planes).map { _ in random.next(in: 0...1) }
            let soft = values.indices.filter { $0 % planes == 0 }.map { values[$0] }
            let mask: [Float] = rows(MapRows(size, planes: 1, .mask(threshold: nil), geometry), soft)
            let classes: [UInt8] = rows(MapRows(size, planes: planes, .best(marked: nil), geometry), values)
            for y in 0..<picture.1 {
                for x in 0..<picture.0 {
                    let expected = naive(values, size, planes: planes, geometry, x: x, y: y)
                    #expect(abs(Double(mask[y * picture.0 + x]) - 255 * expected[0]) < 0.01)
                    let ordered = expected.sorted()
                    // Where two classes are as good as equal, rounding decides.
                    if ordered[2] - ordered[1] > 1e-5 {
                        #expect(Int(classes[y * picture.0 + x]) == expected.firstIndex(of: ordered[2]))
                    }
                }
            }
        }
    }

    private func rows<Sample>(_ operation: MapRows, _ map: [Float]) -> [Sample] {
        var map = map
        let size = operation.output.size
        let samples = [Sample](unsafeUninitializedCapacity: size.pixelCount) { buffer, count in
            map.withUnsafeMutableBufferPointer { map in
                let input = RowWindow(
                    base: UnsafeMutableRawPointer(map.baseAddress!),
                    bytesPerRow: 4 * operation.map.width * operation.planes, capacity: operation.map.height)
                let output = RowWindow(
                    base: UnsafeMutableRawPointer(buffer.baseAddress!), bytesPerRow: operation.output.bytesPerRow,
                    capacity: size.height)
                withUnsafeTemporaryAllocation(byteCount: operation.scratchByteCount, alignment: 64) { scratch in
                    operation.compute(
                        0..<size.height, [input], output, OperatorWork(scratch: scratch.baseAddress!, prepared: nil))
                }
            }
            count = size.pixelCount
        }
        return samples
    }
}
