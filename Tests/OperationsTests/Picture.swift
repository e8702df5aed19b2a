import Dataflow
import Raster

/// A picture as a file has it: whole samples of 8 or 16 bits, interleaved.
struct Picture: Sendable {
    var size: ImageSize
    var layout: ChannelLayout
    var type: SampleType = .uint8
    /// 0…255, or 0…65535.
    var samples: [Int]

    init(_ size: ImageSize, _ layout: ChannelLayout, _ type: SampleType = .uint8, samples: [Int]) {
        precondition(samples.count == size.pixelCount * layout.count)
        self.size = size
        self.layout = layout
        self.type = type
        self.samples = samples
    }

    /// A gray picture of 8 bits.
    init(rows: [[Int]]) {
        self.init(
            ImageSize(width: rows[0].count, height: rows.count), .gray, samples: rows.flatMap(\.self))
    }

    /// Noise; alpha has 0 and the largest value as often as everything between them.
    init(
        random seed: Int, _ width: Int, _ height: Int, _ layout: ChannelLayout = .gray, _ type: SampleType = .uint8
    ) {
        var randomness = Randomness(seed)
        let most = type == .uint8 ? 255 : 65535
        let size = ImageSize(width: width, height: height)
        let samples = (0..<size.pixelCount * layout.count).map { index in
            let isAlpha = layout.hasAlpha && index % layout.count == layout.count - 1
            guard isAlpha else { return Int.random(in: 0...most, using: &randomness) }
            return switch Int.random(in: 0..<4, using: &randomness) {
            case 0: 0
            case 1: most
            default: Int.random(in: 0...most, using: &randomness)
            }
        }
        self.init(size, layout, type, samples: samples)
    }

    var format: FieldFormat { FieldFormat(size: size, layout: layout, decoded: type) }

    /// On the 0…255 scale.
    var values: Values {
        let unit = type == .uint8 ? 1.0 : 257.0
        return Values(size, channels: layout.count, samples.map { Double($0) / unit })
    }
}

/// Real numbers on the 0…255 scale: what a step makes of a picture.
struct Values: Sendable, Equatable {
    var size: ImageSize
    var channels: Int
    var samples: [Double]

    init(_ size: ImageSize, channels: Int, _ samples: [Double]) {
        precondition(samples.count == size.pixelCount * channels)
        self.size = size
        self.channels = channels
        self.samples = samples
    }

    init(_ size: ImageSize, channels: Int, _ sample: (_ x: Int, _ y: Int, _ c: Int) -> Double) {
        var samples: [Double] = []
        samples.reserveCapacity(size.pixelCount * channels)
        for y in 0..<size.height {
            for x in 0..<size.width { for c in 0..<channels { samples.append(sample(x, y, c)) } }
        }
        self.init(size, channels: channels, samples)
    }

    subscript(x: Int, y: Int, c: Int) -> Double {
        get { samples[(y * size.width + x) * channels + c] }
        set { samples[(y * size.width + x) * channels + c] = newValue }
    }

    /// One channel, row by row.
    func rows(_ c: Int = 0) -> [[Double]] {
        (0..<size.height).map { y in (0..<size.width).map { self[$0, y, c] } }
    }

    func plane(_ c: Int) -> Values { Values(size, channels: 1) { x, y, _ in self[x, y, c] } }

    /// The largest difference of two samples at one place; infinite where the shapes differ or a number is none.
    func distance(to other: Values) -> Double {
        guard size == other.size, channels == other.channels else { return .infinity }
        return zip(samples, other.samples).reduce(0) {
            let difference = abs($1.0 - $1.1)
            return difference.isNaN ? .infinity : max($0, difference)
        }
    }

    /// Nearest, halves away from zero, clipped to 0…255.
    var bytes: [UInt8] { samples.map { UInt8(min(max($0, 0), 255).rounded(.toNearestOrAwayFromZero)) } }
}
