import Inference
import Specification

extension ModelCard {
    /// How the outputs of a detector become boxes: the key `boxes` of a card. What is nil follows from the decoder.
    public struct Boxes: Sendable {
        public enum Decoder: String, Sendable, CaseIterable {
            case yolox, yolov5, yolov8, ssd, yunet, scrfd, corners, list, heatmap
        }

        public enum Units: String, Sendable, CaseIterable { case pixels, fraction }

        public enum Order: String, Sendable, CaseIterable { case xy, yx }

        public var decoder: Decoder
        public var boxes: [String]?
        public var scores: [String]?
        public var objectness: [String]?
        public var points: [String]?
        public var classes: [String]?
        public var offsets: [String]?
        public var strides: [Int]?
        public var priors: [BoxDecoder.Level]?
        public var perCell: Int?
        public var variances: [Double]
        public var isExponential: Bool
        public var offset: Double?
        public var coordinates: BoxDecoder.Coordinates?
        public var units: Units?
        public var combination: BoxDecoder.Combination?
        public var background: Int?
        public var pointCount: Int?
        public var numbersPerPoint: Int
        public var order: Order?
        public var threshold: Double
        public var overlap: Double
    }

    /// The keys of `boxes`.
    enum BoxesTable {
        static let all = [
            decoder.description, boxes.description, scores.description, objectness.description, points.description,
            classes.description, offsets.description, strides.description, priors.description, perCell.description,
            variances.description, exponential.description, offset.description, coordinates.description,
            units.description, combination.description, background.description, pointCount.description,
            numbersPerPoint.description, order.description, threshold.description, overlap.description,
        ]

        static let decoder = Parameter<Boxes.Decoder>.requiredChoice(
            "decoder",
            "The family of the detector, which says how four numbers make a box; see below")
        static let boxes = outputs(
            "boxes",
            "The outputs that hold the boxes, one for all or one for each stride; by default told by their shapes")
        static let scores = outputs("scores", "Those with the scores of the classes")
        static let objectness = outputs(
            "objectness", "Those that say whether there is anything at all, where scores have outputs of their own")
        static let points = outputs("points", "Those with points such as eyes and corners of the mouth")
        static let classes = outputs(
            "classes", "Those with the number of the class, where scores are one number for each box")
        static let offsets = outputs("offsets", "heatmap: those with places within the cells")
        static let strides = Parameter<[Int]?>.optionalCustom(
            "strides", .oneOrList(of: .integer(1...1024), count: 1...16), unit: "pixels",
            "How far the cells of each map lie apart in the input; 8, 16, 32 by default, 4 for heatmap"
        ) { json, _ in json.integer.map { [$0] } ?? json.array?.compactMap(\.integer) }
        static let priors = Parameter<[BoxDecoder.Level]?>.optionalCustom(
            "priors", .list(.object([priorStride.description, priorSizes.description]), count: 1...16),
            "ssd: for each map its stride and the boxes that belong to each cell"
        ) { json, _ in json.array?.compactMap(BoxDecoder.Level.init) }
        static let priorStride = Parameter.requiredInteger("stride", in: 1...1024, unit: "pixels", "Of the map")
        static let priorSizes = Parameter<[BoxDecoder.Size]>.requiredCustom(
            "sizes",
            .list(
                .anyOf([.number(positive), .list(.number(positive), count: 2...2)]), count: 1...64),
            placeholder: [], unit: "pixels", "Sides of squares, or width and height, in the order of the outputs"
        ) { json, _ in json.array?.compactMap(BoxDecoder.Size.init) }
        static let perCell = Parameter<Int?>.optionalInteger(
            "perCell", in: 1...64, "Boxes that belong to one cell; 2 by default for scrfd, else 1")
        static let variances = Parameter<[Double]>.custom(
            "variances", .list(.number(positive), count: 2...2), default: [0.1, 0.2], defaultText: "[0.1, 0.2]",
            "ssd: factors for the numbers of places and of sizes"
        ) { json, _ in json.array?.compactMap(\.number) }
        static let exponential = Parameter.boolean(
            "exponential", default: true, "ssd, heatmap: whether sizes are logarithms")
        static let offset = Parameter<Double?>.optionalNumber(
            "offset", in: 0...1, "scrfd, heatmap: the middle of a cell; 0.5 by default for heatmap, else 0")
        static let coordinates = Parameter<BoxDecoder.Coordinates?>.optionalChoice(
            "coordinates",
            "What the four numbers of a box are that is decoded in the graph: left, top, right, bottom; top, left, bottom, "
                + "right; the middle's x and y, width, height; or left, top, width, height")
        static let units = Parameter<Boxes.Units?>.optionalChoice(
            "units",
            "Of boxes that are decoded in the graph: pixels of the input, or fractions of its sides (by default for corners)"
        )
        static let combination = Parameter<BoxDecoder.Combination?>.optionalChoice(
            "combination",
            "How objectness and a class's score become one; geometric-mean by default for yunet, else product")
        static let background = Parameter<Int?>.optionalInteger(
            "background", in: 0...100_000, "The class that means that nothing is there")
        static let pointCount = Parameter<Int?>.optionalInteger(
            "pointCount", in: 0...1000, "Points that belong to each box; 5 by default for yunet, else 0")
        static let numbersPerPoint = Parameter.integer(
            "numbersPerPoint", in: 2...3, default: 2, "2, or 3 where each point comes with its visibility")
        static let order = Parameter<Boxes.Order?>.optionalChoice(
            "order", "heatmap: whether x or y comes first in sizes, offsets and points; yx by default, as in CenterFace"
        )
        static let threshold = Parameter.number(
            "threshold", in: 0...1, default: 0.5, "The least score, unless the step says another")
        static let overlap = Parameter.number(
            "overlap", in: 0...1, default: 0.45,
            "A box that overlaps a better one of its class by more (intersection over union) is dropped, unless the step "
                + "says another")

        private static let positive = Double.leastNonzeroMagnitude...Double.greatestFiniteMagnitude

        private static func outputs(_ key: String, _ meaning: String) -> Parameter<[String]?> {
            .optionalNames(key, as: .string, count: 1...64, meaning)
        }
    }
}

extension BoxDecoder.Level {
    fileprivate init?(_ json: JSONValue) {
        guard let stride = json["stride"]?.integer, let sizes = json["sizes"]?.array else { return nil }
        self.init(stride: stride, sizes: sizes.compactMap(BoxDecoder.Size.init))
    }
}

extension BoxDecoder.Size {
    fileprivate init?(_ json: JSONValue) {
        if let side = json.number {
            self.init(width: side, height: side)
        } else if let sides = json.array?.compactMap(\.number), sides.count == 2 {
            self.init(width: sides[0], height: sides[1])
        } else {
            return nil
        }
    }
}

extension ModelCard.Boxes {
    init(_ reader: inout ParameterReader) {
        typealias Table = ModelCard.BoxesTable
        decoder = reader.read(Table.decoder)
        boxes = reader.read(Table.boxes)
        scores = reader.read(Table.scores)
        objectness = reader.read(Table.objectness)
        points = reader.read(Table.points)
        classes = reader.read(Table.classes)
        offsets = reader.read(Table.offsets)
        strides = reader.read(Table.strides)
        priors = reader.read(Table.priors)
        perCell = reader.read(Table.perCell)
        variances = reader.read(Table.variances)
        isExponential = reader.read(Table.exponential)
        offset = reader.read(Table.offset)
        coordinates = reader.read(Table.coordinates)
        units = reader.read(Table.units)
        combination = reader.read(Table.combination)
        background = reader.read(Table.background)
        pointCount = reader.read(Table.pointCount)
        numbersPerPoint = reader.read(Table.numbersPerPoint)
        order = reader.read(Table.order)
        threshold = reader.read(Table.threshold)
        overlap = reader.read(Table.overlap)
        if decoder == .ssd, priors == nil, reader.has("decoder") {
            reader.error(
                at: "decoder", rule: "missing-key",
                message: "the decoder ssd needs the boxes that its numbers are relative to",
                hint:
                    #"add "priors": [{ "stride": 8, "sizes": [16, 32] }, …], or use corners where the graph decodes them"#
            )
        }
        for (key, decoders) in ModelCard.Boxes.belongings where reader.has(key) && !decoders.contains(decoder) {
            reader.error(
                at: key, rule: "key-without-effect", message: "\(key) has no effect on the decoder \(decoder.rawValue)",
                hint: "leave it out, or choose \(decoders.map(\.rawValue).joined(separator: " or "))")
        }
    }

    /// The decoders that a key has an effect on, where it is not all of them.
    private static let belongings: [(String, [Decoder])] = [
        ("offsets", [.heatmap]), ("priors", [.ssd]), ("variances", [.ssd]), ("exponential", [.ssd, .heatmap]),
        ("offset", [.scrfd, .heatmap]), ("coordinates", [.yolov5, .yolov8, .corners, .list]),
        ("units", [.yolov5, .yolov8, .corners, .list]), ("order", [.heatmap]),
        ("strides", [.yolox, .yunet, .scrfd, .heatmap]), ("perCell", [.yolox, .yunet, .scrfd, .heatmap]),
        ("objectness", [.ssd, .yunet, .scrfd, .corners]),
        ("scores", [.ssd, .yunet, .scrfd, .corners, .heatmap]),
        ("classes", [.corners]),
    ]

    /// The decoder for a network with these outputs.
    ///
    /// - Parameters:
    ///   - outputs: in the model's order, with their types where they are known.
    ///   - main: the output that the card names for the result, for families that have one output.
    ///   - classCount: of the labels; nil where there are none.
    /// - Throws: where outputs have to be named.
    func boxDecoder(
        outputs: [(name: String, type: TensorType?)], main: String, classCount: Int?, activation: BoxDecoder.Activation
    ) throws(DecodingError) -> BoxDecoder {
        let strides = strides ?? (decoder == .heatmap ? [4] : [8, 16, 32])
        let pointCount = pointCount ?? (decoder == .yunet ? 5 : 0)
        let isFraction = { (byDefault: Units) in (self.units ?? byDefault) == .fraction }
        var result: BoxDecoder
        switch decoder {
        case .yolox:
            result = BoxDecoder(.grid, .joined(boxes ?? [main], hasObjectness: true))
        case .yolov5:
            result = BoxDecoder(
                .absolute(coordinates ?? .center, isFraction: isFraction(.pixels)),
                .joined(boxes ?? [main], hasObjectness: true))
        case .yolov8:
            result = BoxDecoder(
                .absolute(coordinates ?? .center, isFraction: isFraction(.pixels)),
                .joined(boxes ?? [main], hasObjectness: false))
        case .list:
            result = BoxDecoder(
                .absolute(coordinates ?? .corners, isFraction: isFraction(.pixels)), .list(boxes?.first ?? main))
        case .corners:
            result = BoxDecoder(
                .absolute(coordinates ?? .corners, isFraction: isFraction(.fraction)),
                .separate(try separate(outputs, points: pointCount)))
        case .ssd:
            result = BoxDecoder(
                .priors(center: variances[0], size: variances[1], isExponential: isExponential),
                .separate(try separate(outputs, points: pointCount)))
        case .scrfd:
            result = BoxDecoder(
                .distances(offset: offset ?? 0), .separate(try separate(outputs, points: pointCount)))
        case .yunet:
            func names(_ role: String) -> [String] { strides.map { "\(role)_\($0)" } }
            var separate = BoxDecoder.Outputs(boxes: boxes ?? names("bbox"), scores: scores ?? names("cls"))
            separate.objectness = objectness ?? names("obj")
            separate.points = pointCount == 0 ? [] : points ?? names("kps")
            result = BoxDecoder(.grid, .separate(separate))
        case .heatmap:
            guard let boxes, let scores else {
                let known = outputs.map(\.name).joined(separator: ", ")
                throw DecodingError(
                    "the decoder heatmap needs the names of the outputs: scores, boxes (sizes) and offsets; the model has \(known)"
                )
            }
            var separate = BoxDecoder.Outputs(boxes: boxes, scores: scores)
            separate.offsets = offsets ?? []
            separate.points = points ?? []
            result = BoxDecoder(.heatmap(offset: offset ?? 0.5, isExponential: isExponential), .separate(separate))
        }
        result.levels = priors ?? strides.map { BoxDecoder.Level(stride: $0) }
        result.perCell = perCell ?? (decoder == .scrfd ? 2 : 1)
        result.activation = activation
        result.combination = combination ?? (decoder == .yunet ? .geometricMean : .product)
        result.background = background
        result.classCount = classCount
        result.pointCount = pointCount
        result.numbersPerPoint = numbersPerPoint
        result.isRowFirst = decoder == .heatmap && order != .xy
        return result
    }

    /// Outputs of their own for boxes and scores: as the card names them, or told by how many numbers they have for
    /// each box.
    private func separate(
        _ outputs: [(name: String, type: TensorType?)], points count: Int
    ) throws(DecodingError) -> BoxDecoder.Outputs {
        let named = [boxes, scores, objectness, points, classes].compactMap { $0 }.flatMap { $0 }
        func columns(_ type: TensorType?) -> Int? {
            guard let shape = type?.shape else { return nil }
            // Maps have their numbers in front, rows at the end.
            return shape.count == 4 ? shape[1] / (perCell ?? 1) : shape.last
        }
        let others = outputs.filter { !named.contains($0.name) }
        let numbers = count * numbersPerPoint
        let boxes = boxes ?? others.filter { columns($0.type) == 4 }.map(\.name)
        let points =
            points ?? (count == 0 ? [] : others.filter { columns($0.type) == numbers && numbers != 4 }.map(\.name))
        let scores =
            scores
            ?? others.filter { !boxes.contains($0.name) && !points.contains($0.name) && columns($0.type) != nil }
            .map(\.name)
        guard !boxes.isEmpty, boxes.count == scores.count || classes != nil else {
            let known = outputs.map { "\($0.name) \($0.type?.shape.description ?? "of any shape")" }
            throw DecodingError(
                "the shapes of the outputs do not tell which are boxes and which are scores; name them with boxes and "
                    + "scores. The model has \(known.joined(separator: ", "))")
        }
        var result = BoxDecoder.Outputs(boxes: boxes, scores: scores)
        result.objectness = objectness ?? []
        result.points = points
        result.classes = classes ?? []
        return result
    }
}
