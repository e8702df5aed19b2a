import Dataflow
import Raster
import Testing

@testable import Operations

/// Pictures of every layout and depth, with odd sizes and sizes around the width of a vector.
let manySizes = [(1, 1), (1, 7), (9, 1), (2, 3), (5, 4), (16, 3), (17, 9), (33, 70), (67, 12)]

extension Values {
    fileprivate var mirrored: Values {
        Values(size, channels: channels) { x, y, c in self[size.width - 1 - x, y, c] }
    }
    /// A quarter turn clockwise: what was left comes to the top.
    fileprivate var turned: Values {
        Values(size.transposed, channels: channels) { x, y, c in self[y, size.height - 1 - x, c] }
    }
}

@Suite("Pictures are turned and mirrored without changing a sample")
struct OrientationTests {
    private func oriented(_ picture: Picture, exif: Int) throws -> Values {
        var graph = Graph()
        let source = graph.source(picture.format)
        let field = graph.oriented(graph.converted(source, to: .int32), exif: exif)
        graph.sink(field)
        let input = RowBuffer(picture)
        let output = RowBuffer(graph.format(of: field))
        try graph.run(sources: [.memory(input.window)], sinks: [.memory(output.window)])
        #expect(output.areGuardsIntact)
        return output.values
    }

    @Test("Every EXIF orientation is a mirroring and quarter turns, as its definition says", arguments: 1...8)
    func exif(_ orientation: Int) throws {
        for (index, (width, height)) in manySizes.enumerated() {
            for layout in ChannelLayout.allCases {
                let picture = Picture(random: index, width, height, layout, .uint16)
                let original = picture.values
                let expected =
                    switch orientation {
                    case 2: original.mirrored
                    case 3: original.turned.turned
                    case 4: original.mirrored.turned.turned
                    case 5: original.mirrored.turned.turned.turned
                    case 6: original.turned
                    case 7: original.mirrored.turned
                    case 8: original.turned.turned.turned
                    default: original
                    }
                #expect(try oriented(picture, exif: orientation) == expected)
            }
        }
    }

    @Test func numbersThatMeanNothingLeaveThePictureAlone() throws {
        let picture = Picture(random: 1, 5, 4)
        for orientation in [0, 9, -1, Int.max] {
            #expect(try oriented(picture, exif: orientation) == picture.values)
        }
    }

    @Test(arguments: ChannelLayout.allCases, [SampleType.uint8, .uint16])
    func flipMirrors(_ layout: ChannelLayout, _ type: SampleType) throws {
        for (index, (width, height)) in manySizes.enumerated() {
            let picture = Picture(random: index, width, height, layout, type)
            let original = picture.values
            let upside = original.turned.turned
            #expect(try Steps(#"{ "op": "flip" }"#).run(picture).values == original.mirrored)
            #expect(
                try Steps(#"{ "op": "flip", "axis": "vertical" }"#).run(picture).values == upside.mirrored)
            #expect(try Steps(#"{ "op": "flip", "axis": "both" }"#).run(picture).values == upside)
        }
    }
}
