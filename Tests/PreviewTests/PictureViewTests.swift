import Dataflow
import Operations
import Raster
import Specification
import Testing

@testable import Preview

@Suite("A value is shown as people see it, in memory that does not grow with the picture")
struct PictureViewTests {
    private func view(_ samples: [UInt8], width: Int, _ layout: ChannelLayout, palette: ClassPalette? = nil)
        -> PictureView
    {
        let size = ImageSize(width: width, height: samples.count / width / layout.count)
        let view = PictureView(
            FieldFormat(size: size, layout: layout, decoded: .uint8), center: (0.5, 0.5), palette: palette)
        samples.withUnsafeBytes {
            view.write(rows: size.height, from: $0.baseAddress!, bytesPerRow: width * layout.count)
        }
        return view
    }

    @Test func theNumbersOfClassesAreShownAsTheirColours() {
        let palette = ClassPalette(3)
        let view = view([0, 1, 2, 2, 7, 0], width: 3, .gray, palette: palette)
        let shown = [0, 1, 2, 2, 2, 0].flatMap { index in
            [palette.colours[index].red, palette.colours[index].green, palette.colours[index].blue]
        }
        #expect(view.overview.samples == shown && view.detail.samples == shown)
        #expect(view.histogram.counts[0][...2] == [2, 1, 2] && view.wholeRange == nil)
    }

    @Test func transparencyIsShownOnAChessboard() {
        let view = view([255, 255, 10, 0, 10, 255], width: 3, .grayAlpha)
        #expect(view.overview.samples == [255, 190, 10])
    }

    @Test func aLargePictureIsReducedByMeans() {
        let width = PictureView.overviewSide * 2
        let means = (0..<width / 2).map { UInt8(50 + $0 % 50) }
        let row = means.flatMap { [$0 - 50, $0 + 50] }
        let view = view(row + row, width: width, .gray)
        #expect(view.factor == 2 && view.overview.size == ImageSize(width: width / 2, height: 1))
        #expect(view.overview.samples == means)
        #expect(view.detail.size == ImageSize(width: PictureView.detailSide, height: 2))
    }
}
