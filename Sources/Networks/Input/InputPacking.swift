import Dataflow
import Inference
import ONNX
import Raster

/// How samples become the numbers of a network's input: `y = (x · scale − mean) / std` for each channel, in the order
/// and the layout that the network takes. Where it takes whole numbers, y is rounded to the nearest and clipped to what
/// its type holds.
struct InputPacking: Sendable {
    let channels: ModelCard.Input.Channels
    let layout: ModelCard.Input.Layout
    /// The type of the input's elements.
    let element: ElementType
    /// `y = x · factor + offset`, one of each for each channel.
    private let factors: [Float]
    private let offsets: [Float]

    /// - Precondition: `mean` and `std` have one number or as many as there are channels.
    init(
        _ channels: ModelCard.Input.Channels, _ layout: ModelCard.Input.Layout, _ element: ElementType,
        scale: Double, mean: [Double], std: [Double]
    ) {
        self.channels = channels
        self.layout = layout
        self.element = element
        let count = channels == .gray ? 1 : 3
        func each(_ values: [Double], _ channel: Int) -> Double { values.count == 1 ? values[0] : values[channel] }
        factors = (0..<count).map { Float(scale / each(std, $0)) }
        offsets = (0..<count).map { Float(-each(mean, $0) / each(std, $0)) }
    }

    var channelCount: Int { factors.count }

    func shape(_ size: ImageSize) -> [Int] {
        layout == .nchw ? [1, channelCount, size.height, size.width] : [1, size.height, size.width, channelCount]
    }

    func type(_ size: ImageSize) throws(LayerError) -> TensorType { try TensorType(element, shape(size)) }

    /// The input made of elements that are in its order.
    func tensor(_ elements: [Float], _ size: ImageSize) throws(LayerError) -> Tensor {
        let shape = shape(size)
        func whole<Element: FixedWidthInteger & TensorElement>(_: Element.Type) throws(LayerError) -> Tensor {
            let values = elements.map { value -> Element in
                let rounded = value.rounded()
                if rounded.isNaN { return 0 }
                return Element(exactly: rounded) ?? (rounded < 0 ? .min : .max)
            }
            return try Tensor(element: element, shape: shape, of: values)
        }
        switch element {
        case .float32: return try Tensor(shape: shape, floats: elements)
        case .uint8: return try whole(UInt8.self)
        case .int8: return try whole(Int8.self)
        case .int32: return try whole(Int32.self)
        case .int64: return try whole(Int64.self)
        case .bool: throw .type("a picture does not go into an input of booleans")
        }
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
