import Dataflow
import Inference
import Operations
import Raster
import Specification

/// Makes another picture of the picture: painted in a style, enlarged, cleaned.
///
/// The network's input and output are pictures; the output is `scale` times as large, a whole number that the network
/// tells. A picture of any size is taken: where the network looks only so far, in tiles that overlap by as much, which gives
/// what the whole would give; where it looks at all of its input, as a whole, as long as that takes less than 2 GiB, else
/// in tiles that pass into each other.
///
/// - Shapes: `[C, H, W]` in, `[3, scale · H, scale · W]` out, or one channel where the network makes one. Transparency
///   is flattened onto the card's `background` first.
struct Restyle: NetworkOperation {
    private static let tile = Parameter<Int?>.optionalInteger(
        "tile", in: 16...16384, unit: "pixels",
        "the sides of what the network is given at once, down to what it can take; by default 512, or the whole where it "
            + "looks at all of it")
    private static let style = Parameter<[(name: String, weight: Double)]?>.optionalCustom(
        "style", .anyOf([.string, .map(.number(0...1))]),
        "one of the card's labels, or several with their shares, for a network with an input that has a number for each"
    ) { json, _ in
        if let name = json.string { return [(name, 1)] }
        return json.members?.map { ($0.key.text, $0.value.number ?? 0) }
    }
    private static let constants = Parameter<[(name: String, values: [Double])]>.custom(
        "constants", .map(.anyOf([.number(-1e30...1e30), .list(.number(-1e30...1e30), count: 1...1_000_000)])),
        default: [], defaultText: "{}", "inputs besides the picture, in place of what the card gives them"
    ) { json, _ in
        json.members?.map { ($0.key.text, $0.value.number.map { [$0] } ?? $0.value.array?.compactMap(\.number) ?? []) }
    }

    static let step = StepDescription(
        name: "restyle",
        summary: "make another picture of the picture with a network: paint it, enlarge it, clean it",
        parameters: [
            NetworkLoader.model.description, style.description, tile.description, constants.description,
        ],
        notes: """
            The picture goes through a network whose card has the task `restyle`. Pictures may have any size. A network
            of which every place depends on a neighbourhood only is run on tiles with so much around them that no seam
            can be: `svertka explain` tells how many. One that looks at all of its input, as most painters do that
            normalise by the whole picture, is run on the whole; beyond 2 GiB of memory, or with `tile`, on tiles that
            differ a little from each other and so pass into each other over 64 pixels, which `explain` tells too.
            """,
        examples: [
            #"{ "op": "restyle", "model": "enlarge.json" }"#,
            #"{ "op": "restyle", "model": "painter.json", "style": "mosaic" }"#,
            #"{ "op": "restyle", "model": "painter.json", "style": { "mosaic": 0.7, "waves": 0.3 }, "tile": 1024 }"#,
        ])

    static let findsSomething = false

    let network: PictureNetwork?
    private let tile: Int?
    private let inputs: [String: Tensor]

    init(_ reader: inout ParameterReader, _ networks: NetworkLoader) {
        tile = reader.read(Self.tile)
        let style = reader.read(Self.style)
        let constants = reader.read(Self.constants)
        network = networks.network(&reader, for: [.restyle])
        var inputs = network?.constants ?? [:]
        if let network {
            for (name, values) in constants {
                guard let input = network.network.inputs.first(where: { $0.name == name }), name != network.inputName
                else {
                    reader.error(
                        at: "constants", rule: "unknown-input",
                        message: "the network has no input \(quoted(name)) of that kind",
                        hint: "it has \(network.constants.keys.sorted().joined(separator: ", "))")
                    continue
                }
                do throws(OperationError) {
                    inputs[name] = try Tensor(values, for: input)
                } catch {
                    reader.error(at: "constants", rule: error.code, message: error.message, hint: error.hint)
                }
            }
            if let style {
                do throws(OperationError) {
                    let (name, tensor) = try network.weights(of: style)
                    inputs[name] = tensor
                } catch {
                    reader.error(at: "style", rule: error.code, message: error.message, hint: error.hint)
                }
            }
        }
        self.inputs = inputs
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        var type = ValueType()
        if let network, let output = try? network.plan().outputTypes[network.outputName], output.rank == 4 {
            let channels = network.packing.layout == .nchw ? output.shape[1] : output.shape[3]
            type.layout = channels == 1 ? .gray : .rgb
        }
        return [type]
    }

    func lower(_ values: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        guard let network else { preconditionFailure("a step with faults is not planned") }
        var card = network.card.input
        card.fit = .stretch
        let size = graph.format(of: values[0]).size
        let field = graph.networkInput(
            values[0], InputGeometry(size, to: size, card), card, isGray: network.isGray, context)
        let way = try RestyleWay(network, picture: size, tile: tile, constants: inputs)
        var output = graph.format(of: field)
        output.size = ImageSize(width: size.width * way.scale, height: size.height * way.scale)
        output.channels = way.channels
        output.hasAlpha = false
        output.isExact = false
        output.bounds = -1e6...1e6
        let (factors, offsets) = network.outputRange(channels: way.channels)
        let rows = try RestyleRows(
            network, input: graph.format(of: field), output: output, rows: way.rows, columns: way.columns,
            scale: way.scale, constants: inputs, factors: factors, offsets: offsets, key: context.stepKey,
            note: way.note)
        return [graph.add(rows, [field])]
    }
}

/// How a picture is cut for a network.
struct RestyleWay {
    let rows: Tiling
    let columns: Tiling
    let scale: Int
    let channels: Int
    /// What a reader of the plan should know.
    let note: String

    /// Bytes that a run on the whole may take before tiles are taken instead.
    private static let wholeBytes = 2 << 30
    /// Pixels on both sides of where two tiles meet over which one passes into the other, where no overlap makes them
    /// alike.
    private static let blend = 32
    private static let usualTile = 512
    /// Of networks that look at all of their input, the larger the better.
    private static let softTiles = [2048, 1536, 1024, 768]
    private static let softTileBytes = 1 << 30

    init(
        _ network: PictureNetwork, picture: ImageSize, tile: Int?, constants: [String: Tensor]
    ) throws(OperationError) {
        let isPlanar = network.packing.layout == .nchw
        let declared = network.network.inputs.first { $0.name == network.inputName }?.shape ?? []
        let isFixed = [isPlanar ? 2 : 1, isPlanar ? 3 : 2].map { axis in
            if axis < declared.count, case .fixed = declared[axis] { true } else { false }
        }
        func plan(_ size: ImageSize) throws(OperationError) -> (types: [String: TensorType], plan: Plan) {
            do {
                var types = constants.mapValues(\.type)
                types[network.inputName] = try network.packing.type(size)
                return (types, try network.network.plan(for: types))
            } catch {
                throw OperationError("network", "\(error)")
            }
        }
        let (types, probe) = try plan(network.size)
        guard let output = probe.outputTypes[network.outputName], output.rank == 4 else {
            throw OperationError(
                "network", "the network's output is no picture", hint: "name another output in the model card")
        }
        channels = isPlanar ? output.shape[1] : output.shape[3]
        let (height, width) = isPlanar ? (output.shape[2], output.shape[3]) : (output.shape[1], output.shape[2])
        scale = width / network.size.width
        guard scale >= 1, width == scale * network.size.width, height == scale * network.size.height,
            channels == 1 || channels == 3
        else {
            throw OperationError(
                "network",
                "the network makes \(channels) channels of \(width)×\(height) of \(network.size); a picture has 1 or 3, and "
                    + "sides that are a whole multiple")
        }

        let found: Locality?
        do {
            found = try network.network.locality(of: network.outputName, in: network.inputName, types: types).get()
        } catch {
            found = nil
        }
        let open = Locality.Axis(alignment: 1, before: 0, after: 0, scale: Double(scale))
        var (down, across) = (found?.rows ?? open, found?.columns ?? open)
        let isLocal = found.map { $0.whole == nil } ?? false
        if isLocal {
            note = ""
        } else {
            let reason = found?.whole.map { "\($0) looks at all of it" } ?? "how far it looks is not known"
            if !isFixed.contains(true), tile == nil {
                let whole = ImageSize(
                    width: Self.up(picture.width, across.alignment), height: Self.up(picture.height, down.alignment))
                if let bytes = try? plan(whole).plan.peakByteCount, bytes <= Self.wholeBytes,
                    let rows = Tiling(picture.height, down, length: whole.height, isFixed: false),
                    let columns = Tiling(picture.width, across, length: whole.width, isFixed: false)
                {
                    (self.rows, self.columns, note) = (rows, columns, ": \(reason)")
                    return
                }
            }
            down = Self.softened(down)
            across = Self.softened(across)
            note = ", which pass into each other over \(2 * Self.blend) pixels: \(reason)"
        }
        let large =
            isLocal || tile != nil || isFixed.contains(true)
            ? nil
            : Self.softTiles.first { side in
                (try? plan(ImageSize(width: side, height: side)))
                    .map { $0.plan.peakByteCount <= Self.softTileBytes } ?? false
            }
        let side = tile ?? large ?? Self.usualTile
        let blend = isLocal ? 0 : Self.blend
        guard
            let rows = Tiling(
                picture.height, down, length: isFixed[0] ? network.size.height : side, isFixed: isFixed[0],
                blend: blend),
            let columns = Tiling(
                picture.width, across, length: isFixed[1] ? network.size.width : side, isFixed: isFixed[1],
                blend: blend)
        else {
            throw OperationError(
                "tile-too-small",
                "tiles of \(side) pixels are smaller than what the network looks at around a place: \(across.before) before and "
                    + "\(across.after) after it",
                hint: "set tile to more")
        }
        (self.rows, self.columns) = (rows, columns)
    }

    private static func up(_ value: Int, _ step: Int) -> Int { (value + step - 1) / step * step }

    private static func softened(_ axis: Locality.Axis) -> Locality.Axis {
        var axis = axis
        axis.before = max(axis.before, 2 * blend)
        axis.after = max(axis.after, 2 * blend)
        return axis
    }
}

extension PictureNetwork {
    /// What makes samples, 0…255, of the output: by the card's `range`, else as the input's were made, the other way round.
    func outputRange(channels: Int) -> (factors: [Float], offsets: [Float]) {
        if let range = card.output.range {
            let factor = Float(255 / (range[1] - range[0]))
            return (
                [Float](repeating: factor, count: channels),
                [Float](repeating: -Float(range[0]) * factor, count: channels)
            )
        }
        let input = card.input
        let count = packing.channelCount
        // Mean and std stand in the network's order, red first is the picture's.
        let order = packing.channels == .bgr ? [2, 1, 0] : Array(0..<count)
        func each(_ values: [Double], _ channel: Int) -> Double {
            values.count == 1 || channels != count ? values[0] : values[order[channel]]
        }
        return (
            (0..<channels).map { Float(each(input.std, $0) / input.scale) },
            (0..<channels).map { Float(each(input.mean, $0) / input.scale) }
        )
    }

    /// The input that has a number for each label, with the shares of some of them.
    func weights(of styles: [(name: String, weight: Double)]) throws(OperationError) -> (String, Tensor) {
        let fitting = constants.filter { $0.value.count == classes.count && classes.count > 1 }.keys.sorted()
        guard fitting.count == 1, let input = network.inputs.first(where: { $0.name == fitting[0] }) else {
            throw OperationError(
                "no-styles", "the network has no input with a number for each of the card's \(classes.count) labels",
                hint: "leave style out, or give the card labels and the input in constants")
        }
        var weights = [Double](repeating: 0, count: classes.count)
        for (name, weight) in styles {
            guard let index = classes.names.firstIndex(of: name) else {
                throw OperationError(
                    "unknown-style", "the model card has no label \(quoted(name))",
                    hint: nearest(name, in: classes.names).map { "did you mean \"\($0)\"?" }
                        ?? "it has \(classes.names.joined(separator: ", "))")
            }
            weights[index] += weight
        }
        let sum = weights.reduce(0, +)
        guard sum > 0 else { throw OperationError("out-of-range", "the shares of the styles add up to 0") }
        return (fitting[0], try Tensor(weights.map { $0 / sum }, for: input))
    }
}
