import Dataflow
import Operations
import Raster

/// What is kept of a picture value for the page, gathered while its rows pass by: a reduced picture, a piece of it in
/// true pixels, the distribution of its samples. No more than that is ever in memory.
final class PictureView: RowSink {
    /// The longest side of the reduced picture, and the sides of the piece, before a page makes them smaller still.
    static let overviewSide = 2000
    static let detailSide = 768
    static let rangeSide = 1000

    let format: FieldFormat
    private(set) var histogram: SampleHistogram
    /// Clipped to 0…255, as it would be written; transparency on a chessboard.
    private(set) var overview: Thumbnail
    /// Pixels of the value for one of the overview, in each direction.
    let factor: Int
    private(set) var detail: Thumbnail
    let detailOrigin: (x: Int, y: Int)
    /// Unclipped samples of every so many pixels, for a picture of the whole range.
    private var sparse: [Float] = []
    private let sparseFactor: Int

    private var y = 0
    private var row: [Float]
    /// The row as it is shown.
    private var shown: [Float]
    private var sums: [Float]
    private var summed = 0
    private let shownChannels: Int
    /// The colours of a class map, whose samples are the numbers of classes; nil for pictures.
    private let palette: ClassPalette?

    /// - `center`: what the piece in true pixels shows, as parts of width and height.
    init(_ format: FieldFormat, center: (x: Double, y: Double), palette: ClassPalette? = nil) {
        self.format = format
        self.palette = palette
        let size = format.size
        let longest = max(size.width, size.height)
        factor = max(1, (longest + Self.overviewSide - 1) / Self.overviewSide)
        sparseFactor = max(1, (longest + Self.rangeSide - 1) / Self.rangeSide)
        shownChannels = format.colorCount >= 3 || palette != nil ? 3 : 1
        histogram = SampleHistogram(channels: format.colorCount)
        overview = Thumbnail(
            size: ImageSize(
                width: (size.width + factor - 1) / factor, height: (size.height + factor - 1) / factor),
            channels: shownChannels, samples: [])
        let piece = ImageSize(
            width: min(Self.detailSide, size.width), height: min(Self.detailSide, size.height))
        detail = Thumbnail(size: piece, channels: shownChannels, samples: [])
        func start(_ part: Double, _ whole: Int, _ side: Int) -> Int {
            min(max(0, Int(part * Double(whole)) - side / 2), whole - side)
        }
        detailOrigin = (
            start(center.x, size.width, piece.width), start(center.y, size.height, piece.height)
        )
        row = [Float](repeating: 0, count: format.samplesPerRow)
        shown = [Float](repeating: 0, count: format.size.width * shownChannels)
        sums = [Float](repeating: 0, count: overview.size.width * shownChannels)
    }

    func write(rows: Int, from rowStart: UnsafeRawPointer, bytesPerRow: Int) {
        for index in 0..<rows {
            format.load(rowStart + index * bytesPerRow, into: &row)
            histogram.add(row, format)
            keepSparse()
            show()
            keepOverview()
            keepDetail()
            y += 1
        }
    }

    func finish() {}

    private func keepSparse() {
        guard palette == nil, y % sparseFactor == 0 else { return }
        for x in stride(from: 0, to: format.size.width, by: sparseFactor) {
            for c in 0..<shownChannels { sparse.append(row[x * format.channels + c]) }
        }
    }

    /// Makes of the row what is shown: clipped, without alpha, `shownChannels` samples for each pixel.
    private func show() {
        if let palette { return show(palette) }
        let (channels, shownChannels, alpha) = (format.channels, shownChannels, format.hasAlpha)
        let cell = 8 * factor
        shown.withUnsafeMutableBufferPointer { shown in
            for x in 0..<format.size.width {
                let opacity = alpha ? min(max(row[x * channels + channels - 1] / 255, 0), 1) : 1
                let board: Float = (x / cell + y / cell) % 2 == 0 ? 190 : 230
                for c in 0..<shownChannels {
                    let color = min(max(row[x * channels + c], 0), 255)
                    shown[x * shownChannels + c] = alpha ? board + (color - board) * opacity : color
                }
            }
        }
    }

    private func show(_ palette: ClassPalette) {
        for x in 0..<format.size.width {
            let colour = palette.colour(of: row[x * format.channels])
            shown[x * 3] = Float(colour.red)
            shown[x * 3 + 1] = Float(colour.green)
            shown[x * 3 + 2] = Float(colour.blue)
        }
    }

    private func keepOverview() {
        let channels = shownChannels
        sums.withUnsafeMutableBufferPointer { sums in
            for x in 0..<format.size.width {
                for c in 0..<channels { sums[x / factor * channels + c] += shown[x * channels + c] }
            }
        }
        summed += 1
        guard summed == factor || y == format.size.height - 1 else { return }
        for x in 0..<overview.size.width {
            let columns = min(factor, format.size.width - x * factor)
            for c in 0..<channels {
                overview.samples.append(UInt8((sums[x * channels + c] / Float(columns * summed)).rounded()))
                sums[x * channels + c] = 0
            }
        }
        summed = 0
    }

    private func keepDetail() {
        guard y >= detailOrigin.y, y < detailOrigin.y + detail.size.height else { return }
        let start = detailOrigin.x * shownChannels
        for sample in shown[start..<start + detail.size.width * shownChannels] {
            detail.samples.append(UInt8(sample.rounded()))
        }
    }

    /// The whole range of the samples as black to white; nil where clipping loses nothing.
    var wholeRange: Thumbnail? {
        let (least, most) = (histogram.least, histogram.most)
        guard palette == nil, least < -0.5 || most > 255.5, most > least else { return nil }
        let size = ImageSize(
            width: (format.size.width + sparseFactor - 1) / sparseFactor,
            height: (format.size.height + sparseFactor - 1) / sparseFactor)
        let scale = 255 / (most - least)
        return Thumbnail(
            size: size, channels: shownChannels,
            samples: sparse.map { UInt8((min(max($0 - least, 0) * scale, 255)).rounded()) })
    }
}

/// How often each value occurs.
struct SampleHistogram {
    /// For each colour channel, of the values 0…255, rounded.
    private(set) var counts: [[Int]]
    private(set) var below = 0
    private(set) var above = 0
    private(set) var total = 0
    private(set) var least = Float.infinity
    private(set) var most = -Float.infinity

    init(channels: Int) { counts = [[Int]](repeating: [Int](repeating: 0, count: 256), count: channels) }

    mutating func add(_ row: [Float], _ format: FieldFormat) {
        for channel in 0..<format.colorCount {
            counts[channel].withUnsafeMutableBufferPointer { bins in
                var index = channel
                while index < row.count {
                    let value = row[index]
                    least = min(least, value)
                    most = max(most, value)
                    if value < -0.5 {
                        below += 1
                    } else if value >= 255.5 {
                        above += 1
                    } else {
                        bins[Int(value + 0.5)] += 1
                    }
                    index += format.channels
                }
            }
        }
        total += format.size.width * format.colorCount
    }
}
