import Foundation
import Inference
import ONNX
import Operations
import Raster
import Specification

/// A network that makes pictures of numbers by chance: `y = f(z)` with z drawn from the normal distribution with mean 0 and
/// variance 1.
public struct PictureGenerator: Sendable {
    let network: Network
    /// The input that takes the numbers, and its type for one picture.
    let latent: (name: String, type: TensorType)
    let constants: [String: Tensor]
    let outputName: String
    let isPlanar: Bool
    let isBGR: Bool
    /// The numbers that stand for black and white.
    let range: [Double]
    public let size: ImageSize
    public let layout: ChannelLayout

    /// - Throws: where the network is none that makes pictures.
    init(_ card: ModelCard, _ network: Network, constants: [String: Tensor]) throws(OperationError) {
        self.network = network
        self.constants = constants
        let others = network.inputs.filter { constants[$0.name] == nil }
        guard let input = card.input.name.map({ name in others.first { $0.name == name } }) ?? others.first,
            others.count == 1, input.type == .float32
        else {
            throw OperationError(
                "unknown-input",
                "the model has \(others.count) inputs that are no constants; a generator has one, of float32",
                hint: #"give the others values in "constants""#)
        }
        // An open size, such as the batch, is 1.
        let shape = (input.shape ?? []).map { if case .fixed(let size) = $0 { size } else { 1 } }
        let name = card.output.name ?? network.outputs.first?.name ?? ""
        let output: TensorType
        do {
            latent = (input.name, try TensorType(.float32, shape))
            var types = constants.mapValues(\.type)
            types[input.name] = latent.type
            guard let type = try network.plan(for: types).outputTypes[name] else {
                throw OperationError("unknown-output", "the size of the output \"\(name)\" is not known before a run")
            }
            output = type
        } catch {
            throw error as? OperationError ?? OperationError("network", "\(error)")
        }
        outputName = name
        let shapeOfPicture = output.shape
        guard output.element == .float32, output.rank == 4, shapeOfPicture[0] == 1,
            [1, 3].contains(shapeOfPicture[1]) || [1, 3].contains(shapeOfPicture[3])
        else {
            throw OperationError(
                "wrong-output", "the output \(output) is no picture: [1, channels, height, width] with 1 or 3 channels")
        }
        isPlanar = card.input.layout.map { $0 == .nchw } ?? [1, 3].contains(shapeOfPicture[1])
        layout = shapeOfPicture[isPlanar ? 1 : 3] == 1 ? .gray : .rgb
        size = ImageSize(
            width: shapeOfPicture[isPlanar ? 3 : 2], height: shapeOfPicture[isPlanar ? 2 : 1])
        isBGR = card.input.channels == .bgr
        range = card.output.range ?? [-1, 1]
    }

    /// One picture, interleaved: the same for the same seed and number, whatever else is made.
    public func sample(seed: UInt64, number: Int, workers: Workers) throws(InferenceError) -> [UInt8] {
        var random = NormalNumbers(seed: seed, number: number)
        let values = (0..<latent.type.count).map { _ in Float(random.next()) }
        var inputs = constants
        do { inputs[latent.name] = try Tensor(shape: latent.type.shape, floats: values) } catch {
            throw .input(file: network.file, name: latent.name, error.description)
        }
        let outputs = try network.run(inputs, workers: workers)
        let channels = layout.count
        guard let numbers = outputs[outputName]?.array(of: Float.self), numbers.count == size.pixelCount * channels
        else { return [UInt8](repeating: 0, count: size.pixelCount * channels) }
        let factor = 255 / (range[1] - range[0])
        return (0..<size.pixelCount * channels).map { index in
            let (place, channel) = (index / channels, index % channels)
            let plane = isBGR ? channels - 1 - channel : channel
            let number = Double(numbers[isPlanar ? plane * size.pixelCount + place : place * channels + plane])
            let sample = ((number - range[0]) * factor).rounded(.toNearestOrAwayFromZero)
            // What is no number becomes black.
            return sample > 0 ? UInt8(min(sample, 255)) : 0
        }
    }

    /// Pictures beside each other, `gap` pixels apart, as many rows as columns or one fewer.
    public func sheet(
        _ pictures: [[UInt8]], gap: Int = 2
    ) -> (size: ImageSize, samples: [UInt8]) {
        let columns = max(1, Int(Double(pictures.count).squareRoot().rounded(.up)))
        let rows = (pictures.count + columns - 1) / columns
        let whole = ImageSize(
            width: columns * (size.width + gap) - gap, height: max(1, rows) * (size.height + gap) - gap)
        let channels = layout.count
        var samples = [UInt8](repeating: 0, count: whole.pixelCount * channels)
        for (index, picture) in pictures.enumerated() {
            let (left, top) = (index % columns * (size.width + gap), index / columns * (size.height + gap))
            for y in 0..<size.height {
                let to = ((top + y) * whole.width + left) * channels, from = y * size.width * channels
                samples.replaceSubrange(
                    to..<to + size.width * channels, with: picture[from..<from + size.width * channels])
            }
        }
        return (whole, samples)
    }
}

/// Numbers of the normal distribution with mean 0 and variance 1, by Box and Muller's transformation of equally
/// distributed ones (SplitMix64).
struct NormalNumbers {
    private var state: UInt64
    private var spare: Double?

    init(seed: UInt64, number: Int) {
        state = seed &* 0xd134_2543_de82_ef95 &+ UInt64(truncatingIfNeeded: number) &* 0x2545_f491_4f6c_dd1d
    }

    private mutating func uniform() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return (Double((z ^ z >> 31) >> 11) + 0.5) * 0x1p-53
    }

    mutating func next() -> Double {
        if let spare {
            self.spare = nil
            return spare
        }
        let radius = (-2 * log(uniform())).squareRoot(), angle = 2 * Double.pi * uniform()
        spare = radius * sin(angle)
        return radius * cos(angle)
    }
}
