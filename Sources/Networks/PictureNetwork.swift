import Inference
import Operations
import Raster
import Specification

/// A network with its card: checked against each other, and ready for pictures. Loaded once, used by all of them.
public final class PictureNetwork: Sendable {
    /// The card's file, as the user named it.
    public let file: String
    public let card: ModelCard
    public let network: Network
    /// The name of the input that takes the picture.
    public let inputName: String
    /// Of the picture's input.
    public let size: ImageSize
    public let outputName: String
    public let classes: ClassNames
    /// Every file that a result depends on (the card, the model, the labels), each stamped before it was read.
    public let files: [FileStamp]
    let packing: InputPacking
    let constants: [String: Tensor]
    /// Of a detector.
    let decoder: BoxDecoder?
    /// Of a network that segments.
    let map: SegmentationMap?

    init(
        file: String, card: ModelCard, network: Network, inputName: String, size: ImageSize,
        outputName: String, classes: ClassNames, files: [FileStamp], packing: InputPacking,
        constants: [String: Tensor], decoder: BoxDecoder? = nil, map: SegmentationMap? = nil
    ) {
        self.file = file
        self.card = card
        self.network = network
        self.inputName = inputName
        self.size = size
        self.outputName = outputName
        self.classes = classes
        self.files = files
        self.packing = packing
        self.constants = constants
        self.decoder = decoder
        self.map = map
    }

    public var isGray: Bool { packing.channels == .gray }

    /// Where a picture of a size lies in the input.
    public func geometry(for picture: ImageSize) -> InputGeometry { InputGeometry(picture, to: size, card.input) }

    /// The same network, which also gives values from between its layers.
    ///
    /// - Throws: for a value that does not exist, or that no output depends on.
    func exposing(_ names: [String]) throws(InferenceError) -> PictureNetwork {
        PictureNetwork(
            file: file, card: card, network: try network.exposing(names), inputName: inputName, size: size,
            outputName: outputName, classes: classes, files: files, packing: packing, constants: constants)
    }

    /// The plan for the input's size.
    func plan() throws(InferenceError) -> Plan {
        var types = constants.mapValues(\.type)
        do { types[inputName] = try packing.type(size) } catch {
            throw .input(file: network.file, name: inputName, error.description)
        }
        return try network.plan(for: types)
    }

    /// Runs the network on the elements of one picture, in its layout.
    func run(
        _ elements: [Float], workers: Workers = .serial, isCancelled: () -> Bool = { false }
    ) throws(InferenceError) -> [String: Tensor] {
        var inputs = constants
        do { inputs[inputName] = try packing.tensor(elements, size) } catch {
            throw .input(file: network.file, name: inputName, error.description)
        }
        return try network.run(inputs, workers: workers, isCancelled: isCancelled)
    }

    /// The output that holds the result, as numbers.
    func result(of outputs: [String: Tensor]) -> [Double] { outputs[outputName]?.doubles ?? [] }
}
