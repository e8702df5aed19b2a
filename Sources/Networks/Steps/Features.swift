import Dataflow
import Inference
import Operations
import Raster
import Specification

/// Shows what the filters of a network's layers respond to: their feature maps side by side on one sheet.
///
/// Each map is stretched to 0…255 between its least and its largest value, so that faint ones show too; a map of one
/// value is black. Maps of a layer stand in the order of their channels, layers below one another.
///
/// - Shapes: gray out, `columns · (tile + 2) + 2` wide; each layer takes `⌈n / columns⌉ · (tile + 2) + 2` rows.
/// - Errors, at load: a layer that the model does not have, or whose output has not four sizes.
struct Features: NetworkOperation {
    private static let layers = Parameter<[String]>.requiredNames(
        "layers", as: .string, count: 1...20,
        "nodes of the model, or the values that they make, by name; svertka model inspect lists them")
    private static let count = Parameter.integer(
        "count", in: 1...1024, default: 32, unit: "maps", "how many of each layer at most")
    private static let columns = Parameter.integer(
        "columns", in: 1...64, default: 8, unit: "maps", "how many stand side by side")
    private static let tile = Parameter.integer(
        "tile", in: 8...512, default: 96, unit: "pixels", "width and height of a map on the sheet")

    static let step = StepDescription(
        name: "features",
        summary: "show what the filters of a network's layers respond to, as a sheet of feature maps",
        parameters: [
            NetworkLoader.model.description, layers.description, count.description, columns.description,
            tile.description,
        ],
        notes: """
            The first layers of a network respond to edges and colours, later ones to patterns, parts and things. Each
            map is stretched to the whole range between black and white. The result is the sheet, a gray picture; give
            the picture before it a name if it is still needed.
            """,
        examples: [
            #"{ "op": "features", "model": "animals.json", "layers": ["conv1"] }"#,
            #"{ "op": "features", "model": "animals.json", "layers": ["conv1", "conv5"], "count": 16, "tile": 64 }"#,
        ])

    /// It only shows something where its sheet is read.
    static let findsSomething = false

    let network: PictureNetwork?
    /// The values, with the shapes that they have.
    let sheet: FeatureSheet?

    init(_ reader: inout ParameterReader, _ networks: NetworkLoader) {
        let names = reader.read(Self.layers)
        let count = reader.read(Self.count)
        let columns = reader.read(Self.columns)
        let tile = reader.read(Self.tile)
        guard let plain = networks.network(&reader, for: ModelCard.Task.allCases) else {
            (network, sheet) = (nil, nil)
            return
        }
        var values: [String] = []
        let nodes = plain.network.nodes
        let known = nodes.flatMap { [$0.name] + $0.outputs }.filter { !$0.isEmpty }
        for name in names {
            if let node = nodes.first(where: { $0.name == name }) ?? nodes.first(where: { $0.outputs.contains(name) }) {
                values.append(node.outputs.contains(name) ? name : node.outputs.first { !$0.isEmpty } ?? name)
            } else {
                reader.error(
                    at: "layers", rule: "unknown-layer", message: "the model has no layer \(quoted(name))",
                    hint: nearest(name, in: known).map { "did you mean \(quoted($0))?" }
                        ?? "svertka model inspect lists them")
            }
        }
        var made: (PictureNetwork, FeatureSheet)?
        if !reader.hasErrors {
            do throws(InferenceError) {
                let exposing = try plain.exposing(values)
                let types = try exposing.plan().outputTypes
                var layers: [FeatureSheet.Layer] = []
                for (name, value) in zip(names, values) {
                    guard let type = types[value], type.element == .float32, type.rank == 4, type.count > 0 else {
                        let text = types[value].map(\.description) ?? "of a shape that depends on the picture"
                        reader.error(
                            at: "layers", rule: "wrong-layer",
                            message: "the output of \(quoted(name)) is \(text); feature maps have four sizes",
                            hint: "name a convolution, or what follows one")
                        continue
                    }
                    layers.append(FeatureSheet.Layer(value: value, maps: min(count, type.shape[1])))
                }
                made = (exposing, FeatureSheet(layers: layers, columns: columns, tile: tile))
            } catch {
                reader.error(at: "model", rule: "wrong-network", message: error.description)
            }
        }
        (network, sheet) = (made?.0, made?.1)
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        [ValueType(layout: .gray, size: sheet?.size)]
    }

    func lower(_ inputs: [FieldID], into graph: inout Dataflow.Graph, _ context: LoweringContext)
        throws(OperationError) -> [FieldID]
    {
        guard let network, let sheet else { preconditionFailure("a step with faults is not planned") }
        let field = graph.networkInput(inputs[0], of: network, context).field
        let format = FieldFormat(
            size: sheet.size, channels: 1, hasAlpha: false, type: .float32, bounds: 0...255, isExact: false)
        return [
            graph.add(
                try NetworkRows(network, input: graph.format(of: field), output: format, key: context.stepKey) {
                    outputs throws(OperationError) in sheet.samples(outputs)
                }, [field])
        ]
    }
}

/// Feature maps side by side.
struct FeatureSheet: Sendable {
    struct Layer: Sendable {
        let value: String
        /// How many are shown.
        let maps: Int
    }

    let layers: [Layer]
    let columns: Int
    let tile: Int

    private static let gap = 2
    private static let background: Float = 32

    private var pitch: Int { tile + Self.gap }
    private func rows(_ layer: Layer) -> Int { (layer.maps + columns - 1) / columns }

    var size: ImageSize {
        ImageSize(
            width: columns * pitch + Self.gap,
            height: layers.reduce(0) { $0 + rows($1) * pitch + Self.gap })
    }

    func samples(_ outputs: [String: Tensor]) -> [Float] {
        let size = size
        var samples = [Float](repeating: Self.background, count: size.pixelCount)
        var top = Self.gap
        for layer in layers {
            for index in 0..<layer.maps {
                guard let map = outputs[layer.value].flatMap({ Self.map(index, of: $0) }) else { continue }
                let x = Self.gap + index % columns * pitch
                let y = top + index / columns * pitch
                put(map, x, y, size.width, &samples)
            }
            top += rows(layer) * pitch + Self.gap
        }
        return samples
    }

    private static func map(_ channel: Int, of tensor: Tensor) -> FeatureMap? {
        guard tensor.shape.count == 4, tensor.element == .float32, channel < tensor.shape[1] else { return nil }
        let plane = tensor.shape[2] * tensor.shape[3]
        return tensor.withElements(of: Float.self) {
            FeatureMap(
                width: tensor.shape[3], height: tensor.shape[2],
                values: Array($0[channel * plane..<(channel + 1) * plane]))
        }
    }

    /// Every sample of a map as the pixels that it covers, so that none is lost in interpolation.
    private func put(_ map: FeatureMap, _ x: Int, _ y: Int, _ width: Int, _ samples: inout [Float]) {
        let least = map.least
        let range = map.largest - least
        guard range > 0, range.isFinite else {
            for v in 0..<tile { for u in 0..<tile { samples[(y + v) * width + x + u] = 0 } }
            return
        }
        for v in 0..<tile {
            let row = (v * map.height / tile) * map.width
            for u in 0..<tile {
                samples[(y + v) * width + x + u] = (map.values[row + u * map.width / tile] - least) / range * 255
            }
        }
    }
}
