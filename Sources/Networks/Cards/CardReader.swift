import Inference
import ONNX
import Operations
import Raster
import Specification
import SystemPackage

/// Reads a model card, loads what it names, and checks the one against the other.
public enum CardReader {
    /// Whether a document is a card rather than a pipeline or a configuration.
    public static func isCard(_ document: JSONValue) -> Bool {
        document["task"] != nil && document["steps"] == nil && document["folders"] == nil
    }

    /// The network of the card at a path; nil where the diagnostics, which are the card's, have errors.
    public static func load(_ path: PathBytes) -> (PictureNetwork?, Diagnostics) {
        do throws(SourceFileError) {
            let source = try SourceText.load(path: path.bytes)
            var diagnostics = Diagnostics(source: source)
            let network = read(source, path: path, into: &diagnostics)
            return (network, diagnostics)
        } catch {
            return (nil, error.diagnostics)
        }
    }

    /// The network of a card that has been loaded from `path`.
    public static func read(
        _ source: SourceText, path: PathBytes, into diagnostics: inout Diagnostics
    ) -> PictureNetwork? {
        readBoth(source, path: path, into: &diagnostics).network
    }

    /// The generator of the card at a path, whose task has to be `generate`.
    public static func generator(_ path: PathBytes) -> (PictureGenerator?, Diagnostics) {
        do throws(SourceFileError) {
            let source = try SourceText.load(path: path.bytes)
            var diagnostics = Diagnostics(source: source)
            let (network, generator) = readBoth(source, path: path, into: &diagnostics)
            if generator == nil, !diagnostics.hasErrors {
                diagnostics.error(
                    at: 0..<0, rule: "wrong-task",
                    message:
                        "the card's task is \(network?.card.task.rawValue ?? "another"); pictures are made by generate",
                    hint: "name a card with the task generate")
            }
            return (generator, diagnostics)
        } catch {
            return (nil, error.diagnostics)
        }
    }

    private static func readBoth(
        _ source: SourceText, path: PathBytes, into diagnostics: inout Diagnostics
    ) -> (network: PictureNetwork?, generator: PictureGenerator?) {
        guard let document = JSONReader.read(source, into: &diagnostics) else { return (nil, nil) }
        var reader = ParameterReader(object: document, of: ModelCard.Table.document)
        let card = ModelCard(&reader)
        var network: PictureNetwork?
        var generator: PictureGenerator?
        if !reader.hasErrors {
            var check = CardCheck(card, path: path, reader)
            if card.task == .generate { generator = check.generator() } else { network = check.network() }
            reader = check.reader
        }
        reader.finish(into: &diagnostics)
        return diagnostics.hasErrors ? (nil, nil) : (network, generator)
    }
}

/// Brings a card, its model and its labels together; every fault is told at the key that it concerns.
private struct CardCheck {
    let card: ModelCard
    let path: PathBytes
    var reader: ParameterReader
    /// Stamped before they are read.
    private var files: [FileStamp]

    init(_ card: ModelCard, path: PathBytes, _ reader: ParameterReader) {
        self.card = card
        self.path = path
        self.reader = reader
        files = [FileStamp(path)]
    }

    mutating func generator() -> PictureGenerator? {
        guard let network = load() else { return nil }
        let constants = constants(network)
        if reader.hasErrors { return nil }
        do throws(OperationError) {
            return try PictureGenerator(card, network, constants: constants)
        } catch {
            reader.error(at: "model", rule: error.code, message: error.message, hint: error.hint)
            return nil
        }
    }

    mutating func network() -> PictureNetwork? {
        guard let network = load() else { return nil }
        let labels = labels()
        let constants = constants(network)
        guard let input = input(network), !reader.hasErrors else { return nil }
        let channels = card.input.channels ?? (input.channels == 1 ? .gray : .rgb)
        let packing = InputPacking(
            channels, input.layout, input.element, scale: card.input.scale, mean: card.input.mean, std: card.input.std)
        let decoder = decoder(network, constants, input, packing, labels?.count)
        let result = PictureNetwork(
            file: String(decoding: path.bytes, as: UTF8.self), card: card, network: network,
            inputName: input.name, size: input.size, outputName: card.output.name ?? network.outputs.first?.name ?? "",
            classes: ClassNames(labels ?? []), files: files, packing: packing, constants: constants,
            decoder: decoder, map: map(network, constants, input, packing, labels?.count))
        checkOutputs(result, hasLabels: labels != nil)
        if let golden = card.golden, !reader.hasErrors { check(golden, result) }
        return reader.hasErrors ? nil : result
    }

    // MARK: Files

    private mutating func load() -> Network? {
        let file = path.folder.appending(card.model)
        let stamp = FileStamp(file)
        files.append(stamp)
        do {
            return try LoadedNetworks.network(stamp, for: card.input)
        } catch {
            reader.error(
                at: "model", rule: "wrong-model", message: "\(error)",
                hint: "svertka model inspect tells more about a network")
            return nil
        }
    }

    private mutating func labels() -> [String]? {
        switch card.labels {
        case nil: return nil
        case .list(let labels): return labels
        case .file(let name):
            let file = path.folder.appending(name)
            files.append(FileStamp(file))
            do throws(SourceFileError) {
                let text = String(decoding: try SourceText.load(path: file.bytes).bytes, as: UTF8.self)
                var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map(String.init)
                if lines.last?.isEmpty == true { lines.removeLast() }
                return lines
            } catch {
                reader.error(at: "labels", rule: "wrong-labels", message: "the labels' file \(error.message)")
                return nil
            }
        }
    }

    // MARK: Inputs

    private mutating func constants(_ network: Network) -> [String: Tensor] {
        var result: [String: Tensor] = [:]
        for (name, values) in card.constants {
            let at = reader.object["constants"]?[name]?.range ?? reader.range(of: "constants")
            guard let input = network.inputs.first(where: { $0.name == name }) else {
                reader.error(
                    at: at, rule: "unknown-input", message: "the model has no input \(quoted(name))",
                    hint: "it has \(names(network.inputs))")
                continue
            }
            do throws(OperationError) {
                result[name] = try Tensor(values, for: input)
            } catch {
                reader.error(at: at, rule: error.code, message: error.message, hint: error.hint)
            }
        }
        return result
    }

    private struct PictureInput {
        var name: String
        var size: ImageSize
        var channels: Int
        var layout: ModelCard.Input.Layout
        var element: ElementType
    }

    private mutating func input(_ network: Network) -> PictureInput? {
        let others = network.inputs.filter { input in !card.constants.contains { $0.name == input.name } }
        let declared: ValueInfo
        if let name = card.input.name {
            guard let found = network.inputs.first(where: { $0.name == name }) else {
                fault(
                    "name", "unknown-input", "the model has no input \(quoted(name))", "it has \(names(network.inputs))"
                )
                return nil
            }
            declared = found
        } else if let only = others.first, others.count == 1 {
            declared = only
        } else if let four = others.first(where: { $0.shape?.count == 4 }),
            others.count(where: { $0.shape?.count == 4 }) == 1
        {
            declared = four
        } else {
            fault(
                nil, "unknown-input", "the model has the inputs \(names(others)), of which one is the picture's",
                #"name it: "input": { "name": … }"#)
            return nil
        }
        for other in others where other.name != declared.name {
            reader.error(
                at: "constants", rule: "missing-input",
                message: "nothing is given to the model's input \(quoted(other.name))",
                hint: #"add "constants": { \#(quoted(other.name)): [ … ] }"#)
        }
        guard declared.type != .bool else {
            fault(
                "name", "wrong-input",
                "the input \(quoted(declared.name)) is of booleans, which a picture does not have",
                "name another input")
            return nil
        }
        guard let shape = declared.shape ?? openShape, shape.count == 4 else {
            let text = declared.shape?.map(\.description).joined(separator: ", ") ?? ""
            fault(
                "name", "wrong-input",
                "the input \(quoted(declared.name)) has the shape [\(text)]; a picture needs four sizes",
                "export the model with an input [1, channels, height, width]")
            return nil
        }
        return pictureInput(declared, shape)
    }

    private var openShape: [DeclaredDimension]? { [.unknown, .unknown, .unknown, .unknown] }

    private mutating func pictureInput(_ declared: ValueInfo, _ shape: [DeclaredDimension]) -> PictureInput? {
        func fixed(_ axis: Int) -> Int? { if case .fixed(let size) = shape[axis] { size } else { nil } }
        let text = "[\(shape.map(\.description).joined(separator: ", "))]"
        func isChannels(_ axis: Int) -> Bool { fixed(axis) == 1 || fixed(axis) == 3 }
        guard let layout = card.input.layout ?? (isChannels(1) ? .nchw : isChannels(3) ? .nhwc : nil) else {
            fault(
                nil, "unknown-layout", "the input's shape \(text) does not tell where the channels stand",
                #"add "layout": "nchw" or "nhwc""#)
            return nil
        }
        let axes = layout == .nchw ? (channels: 1, height: 2, width: 3) : (channels: 3, height: 1, width: 2)
        let wanted = card.input.channels.map { $0 == .gray ? 1 : 3 }
        let channels = fixed(axes.channels) ?? wanted ?? 3
        guard channels == 1 || channels == 3 else {
            fault(
                "layout", "wrong-input",
                "in the layout \(layout.rawValue) the input's shape \(text) has \(channels) channels",
                "a picture has 1 or 3; check the layout")
            return nil
        }
        if let wanted, wanted != channels {
            fault(
                "channels", "wrong-input",
                "channels is \(card.input.channels!.rawValue), but the model takes \(channels) channels",
                channels == 1 ? #"write "gray""# : #"write "rgb" or "bgr""#)
            return nil
        }
        for (key, values) in [("mean", card.input.mean), ("std", card.input.std)]
        where values.count != 1 && values.count != channels {
            fault(
                key, "wrong-count", "\(key) has \(values.count) numbers for \(channels) channels",
                "give one, or \(channels)")
        }
        // What makes pictures of pictures takes tiles of any size.
        let usual = card.task == .restyle ? 512 : nil
        guard let width = card.input.width ?? fixed(axes.width) ?? usual,
            let height = card.input.height ?? fixed(axes.height) ?? usual
        else {
            fault(
                nil, "missing-size", "the model leaves the size of its input open: \(text)",
                #"add "size": [width, height]"#)
            return nil
        }
        for (size, axis, side) in [(width, axes.width, "wide"), (height, axes.height, "high")] {
            guard let own = fixed(axis), own != size else { continue }
            fault(
                "size", "wrong-input",
                "the size \(width)×\(height) does not fit the model, which is \(own) \(side)",
                "leave size out, or check the layout")
            return nil
        }
        if let side = card.input.shortSide, side < max(width, height) {
            fault(
                "shortSide", "out-of-range", "shortSide is \(side), shorter than the input, \(width)×\(height)",
                "it is at least \(max(width, height))")
        }
        return PictureInput(
            name: declared.name, size: ImageSize(width: width, height: height), channels: channels, layout: layout,
            element: declared.type)
    }

    // MARK: Outputs

    private mutating func checkOutputs(_ network: PictureNetwork, hasLabels: Bool) {
        let plan: Plan
        do throws(InferenceError) { plan = try network.plan() } catch {
            fault(nil, "wrong-input", error.description, "svertka model inspect tells what the model takes")
            return
        }
        guard network.network.outputs.contains(where: { $0.name == network.outputName }) else {
            reader.error(
                at: reader.object["output"]?["name"]?.range ?? reader.range(of: "output"), rule: "unknown-output",
                message: "the model has no output \(quoted(network.outputName))",
                hint: "it has \(names(network.network.outputs))")
            return
        }
        guard card.task == .classify, let type = plan.outputTypes[network.outputName] else { return }
        if hasLabels, network.classes.count != type.count {
            reader.error(
                at: "labels", rule: "wrong-count",
                message:
                    "\(network.classes.count) labels for the output \(type.shape), which has \(type.count) classes",
                hint: "the labels stand in the order of the classes, the background too where the network has one")
        }
    }

    private mutating func check(_ golden: ModelCard.Golden, _ network: PictureNetwork) {
        do throws(GoldenCheck.Fault) {
            if golden.label != nil, card.task != .classify {
                throw GoldenCheck.Fault(
                    key: "label", rule: "key-without-effect",
                    message: "label has no effect for the task \(card.task.rawValue)",
                    hint: "give the expected output as an array")
            }
            try GoldenCheck(network, golden, folder: path.folder).run()
        } catch {
            reader.error(
                at: reader.object["golden"]?[error.key]?.range ?? reader.range(of: "golden"), rule: error.rule,
                message: error.message, hint: error.hint)
        }
    }

    private mutating func map(
        _ network: Network, _ constants: [String: Tensor], _ input: PictureInput, _ packing: InputPacking,
        _ classCount: Int?
    ) -> SegmentationMap? {
        guard card.task == .segment else { return nil }
        do {
            var types = constants.mapValues(\.type)
            types[input.name] = try packing.type(input.size)
            let name = card.output.name ?? network.outputs.first?.name ?? ""
            guard let type = try network.plan(for: types).outputTypes[name] else { return nil }
            let map = try SegmentationMap(type, encoding: card.output.encoding, classCount: classCount)
            if map.encoding != .probabilities, (classCount ?? 0) > 256 {
                throw DecodingError("\(classCount ?? 0) labels; a class map has at most 256")
            }
            return map
        } catch {
            reader.error(
                at: reader.range(of: "output"), rule: "wrong-output", message: "\(error)",
                hint: "svertka model inspect tells the outputs")
            return nil
        }
    }

    /// How a detector's outputs are read; tried on zeros, so that outputs of other shapes are told here.
    private mutating func decoder(
        _ network: Network, _ constants: [String: Tensor], _ input: PictureInput, _ packing: InputPacking,
        _ classCount: Int?
    ) -> BoxDecoder? {
        guard let boxes = card.boxes else {
            if card.task == .detect {
                reader.error(
                    at: "task", rule: "missing-key", message: "a detector's card says how its outputs become boxes",
                    hint: #"add "boxes": { "decoder": … }"#)
            }
            return nil
        }
        guard card.task == .detect else {
            reader.error(
                at: "boxes", rule: "key-without-effect",
                message: "boxes has no effect for the task \(card.task.rawValue)", hint: "leave it out")
            return nil
        }
        do {
            var types = constants.mapValues(\.type)
            types[input.name] = try packing.type(input.size)
            let known = try network.plan(for: types).outputTypes
            let decoder = try boxes.boxDecoder(
                outputs: network.outputs.map { ($0.name, known[$0.name]) },
                main: card.output.name ?? network.outputs.first?.name ?? "", classCount: classCount,
                activation: BoxDecoder.Activation(rawValue: card.output.activation.rawValue) ?? .none)
            // Where sizes depend on data, the first picture tells.
            if network.outputs.allSatisfy({ known[$0.name] != nil }) {
                _ = try decoder.candidates(
                    known.mapValues { Tensor(zeros: $0) }, input: input.size, threshold: .infinity)
            }
            return decoder
        } catch {
            reader.error(
                at: "boxes", rule: "wrong-decoder", message: "\(error)", hint: "svertka model inspect tells the outputs"
            )
            return nil
        }
    }

    // MARK: Faults

    /// Records a fault at a key of `input`, or at the object where the key is not written.
    private mutating func fault(_ key: String?, _ rule: String, _ message: String, _ hint: String) {
        let at = key.flatMap { reader.object["input"]?[$0]?.range } ?? reader.range(of: "input")
        reader.error(at: at, rule: rule, message: message, hint: hint)
    }

    private func names(_ values: [ValueInfo]) -> String {
        values.map { quoted($0.name) }.joined(separator: ", ")
    }
}

extension FilePath {
    init(_ path: PathBytes) { self = path.withCString { FilePath(platformString: $0) } }
}

extension Model {
    /// Takes back the declared batch, height and width of the picture's input, which hold for an example only.
    mutating func openSizes(of input: ModelCard.Input) {
        for index in graph.inputs.indices {
            guard input.name ?? graph.inputs[index].name == graph.inputs[index].name,
                let shape = graph.inputs[index].shape, shape.count == 4
            else { continue }
            let channels = input.layout == .nhwc || shape[3] == .fixed(3) || shape[3] == .fixed(1) ? 3 : 1
            graph.inputs[index].shape = shape.indices.map { $0 == channels ? shape[$0] : .unknown }
        }
    }
}
