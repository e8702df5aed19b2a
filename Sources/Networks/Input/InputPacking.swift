import Dataflow
import Raster

/// How samples become the numbers of a network's input: `y = (x · scale − mean) / std` for each channel, in the order
/// and the layout that the network takes.
struct InputPacking: Sendable {
    let channels: ModelCard.Input.Channels
    let layout: ModelCard.Input.Layout
    /// `y = x · factor + offset`, one of each for each channel.
    private let factors: [Float]
    private let offsets: [Float]

    /// - Precondition: `mean` and `std` have one number or as many as there are channels.
    init(
        _ channels: ModelCard.Input.Channels, _ layout: ModelCard.Input.Layout, scale: Double, mean: [Double],
        std: [Double]
    ) {
        self.channels = channels
        self.layout = layout
        let count = channels == .gray ? 1 : 3
        func each(_ values: [Double], _ channel: Int) -> Double { values.count == 1 ? values[0] : values[channel] }
        factors = (0..<count).map { Float(scale / each(std, $0)) }
        offsets = (0..<count).map { Float(-each(mean, $0) / each(std, $0)) }
    }

    var channelCount: Int { factors.count }

    func shape(_ size: ImageSize) -> [Int] {
        layout == .nchw ? [1, channelCount, size.height, size.width] : [1, size.height, size.width, channelCount]
    }

    /// The elements of the input for a whole field of float32, gray or with three colours.
    func elements(of window: RowWindow, _ format: FieldFormat) -> [Float] {
        let (width, height) = (format.size.width, format.size.height)
        let count = channelCount
        return [Float](unsafeUninitializedCapacity: width * height * count) { elements, initialized in
            let target = elements.baseAddress!
            for channel in 0..<count {
                // Red stands first in a field; a gray picture gives its gray for every colour.
                let source = format.channels == 1 ? 0 : channels == .bgr ? 2 - channel : channel
                let (factor, offset) = (factors[channel], offsets[channel])
                let step = layout == .nchw ? 1 : count
                for y in 0..<height {
                    let row = window.row(y, as: Float.self) + source
                    var place = layout == .nchw ? (channel * height + y) * width : y * width * count + channel
                    for x in 0..<width {
                        target[place] = row[x * format.channels] * factor + offset
                        place += step
                    }
                }
            }
            initialized = width * height * count
        }
    }
}
