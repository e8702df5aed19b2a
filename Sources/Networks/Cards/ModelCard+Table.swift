import Operations
import Specification

extension ModelCard {
    /// The keys of a card: parser, schema and reference read this table.
    public enum Table {
        public static let document: [ParameterDescription] = [
            schemaReference.description, version.description, task.description, description.description,
            model.description, input.description, labels.description, output.description, boxes.description,
            constants.description,
            golden.description,
        ]

        static let schemaReference = Parameter.optionalString(
            "$schema", "The schema that editors complete and check by")
        static let version = Parameter.requiredInteger("version", in: 1...1, "The version of the card's format")
        static let task = Parameter<Task>.requiredChoice("task", "What the network is for")
        static let description = Parameter.optionalString(
            "description", "Where the network comes from and what it was trained on")
        static let model = Parameter.path("model", "The ONNX file, relative to the folder of the card")
        static let input = Parameter.object(
            "input", inputTable, defaultText: "{}", absent: Input(), placeholder: Input(),
            "How a picture becomes the network's input"
        ) { (reader: inout ParameterReader, _) in Input(&reader) }
        static let labels = Parameter<Labels?>.optionalCustom(
            "labels", .anyOf([.path, .list(.string, count: 1...1_000_000)]),
            "The names of the classes in their order: a list, or a text file with one in each line"
        ) { json, _ in
            if let file = json.string { return .file(PathBytes(file)) }
            return json.array.map { .list($0.compactMap(\.string)) }
        }
        static let output = Parameter.object(
            "output", outputTable, defaultText: "{}", absent: Output(), placeholder: Output(),
            "How the outputs are read"
        ) { (reader: inout ParameterReader, _) in Output(&reader) }
        static let boxes = Parameter<Boxes?>.object(
            "boxes", BoxesTable.all, absent: .some(nil), placeholder: nil,
            "How the outputs of a detector become boxes"
        ) { (reader: inout ParameterReader, _) in Boxes(&reader) }
        static let constants = Parameter<[(name: String, values: [Double])]>.custom(
            "constants", .map(.anyOf([.number(anyFinite), .list(.number(anyFinite), count: 1...1_000_000)])),
            default: [], defaultText: "{}",
            "Inputs besides the picture, by name: a number for every element, or the elements in order"
        ) { json, _ in
            json.members?.map { ($0.key.text, $0.value.numbers) }
        }
        static let golden = Parameter<Golden?>.object(
            "golden", goldenTable, absent: .some(nil), placeholder: nil,
            "An input and its known result; the card is refused where the network gives another"
        ) { (reader: inout ParameterReader, _) in Golden(&reader) }

        static let inputTable = [
            inputName.description, size.description, anySize.description, fit.description, place.description,
            shortSide.description,
            filter.description, fill.description, background.description, channels.description, layout.description,
            scale.description, mean.description, std.description,
        ]
        static let inputName = Parameter.optionalString(
            "name", "The input that the picture goes to; by default the only one that is no constant")
        static let size = Parameter<[Int]?>.optionalCustom(
            "size", .list(.integer(1...16384), count: 2...2), unit: "pixels",
            "Width and height; needed where the model leaves them open"
        ) { json, _ in json.array?.compactMap(\.integer) }
        static let anySize = Parameter.boolean(
            "anySize", default: false,
            "Whether the model takes other sizes than it declares, as many that were exported with an example do")
        static let fit = Parameter<InputFit>.choice(
            "fit", default: .stretch,
            "How a picture of other proportions is brought to size: distorted, inside with a border, or filling with its "
                + "edges cut off")
        static let place = Parameter<InputFit.Place>.choice(
            "place", default: .center, "Where a picture lies that does not fill the input (contain)")
        static let shortSide = Parameter.optionalInteger(
            "shortSide", in: 1...16384, unit: "pixels",
            "With cover: the length that the shorter side gets before the middle is cut out; by default as short as the "
                + "size allows")
        static let filter = Parameter<ResampleFilter>.choice(
            "filter", default: .bilinear, "How the picture is brought to size, as in resize")
        static let fill = Parameter<Colour>.custom(
            "fill", .anyOf([.integer(0...255), .colour]), default: .black, defaultText: "0",
            "What lies beside the picture: a colour, or one value for all channels"
        ) { json, _ in
            json.integer.map { Colour(red: UInt8($0), green: UInt8($0), blue: UInt8($0)) }
                ?? json.string.flatMap { Colour($0) }
        }
        static let background = Parameter<Colour>.colour(
            "background", default: .white, "What transparency is flattened onto")
        static let channels = Parameter<Input.Channels?>.optionalChoice(
            "channels", "The order of the channels; by default gray for one channel, else rgb")
        static let layout = Parameter<Input.Layout?>.optionalChoice(
            "layout", "Where the channels stand in the input's shape; by default where it has 1 or 3")
        static let scale = Parameter<Double>.custom(
            "scale", .anyOf([.number(anyPositive), .choice(["1/255", "1/127.5", "1/128"])]), default: 1,
            defaultText: "1", "What samples, 0…255, are multiplied with first"
        ) { json, _ in
            switch json.string {
            case "1/255": 1 / 255.0
            case "1/127.5": 1 / 127.5
            case "1/128": 1 / 128.0
            default: json.number
            }
        }
        static let mean = Parameter<[Double]>.custom(
            "mean", .oneOrList(of: .number(anyFinite), count: 1...4), default: [0], defaultText: "0",
            "What is then subtracted: one number, or one for each channel in their order"
        ) { json, _ in json.numbers }
        static let std = Parameter<[Double]>.custom(
            "std", .oneOrList(of: .number(anyPositive), count: 1...4), default: [1], defaultText: "1",
            "What the difference is then divided by: one number, or one for each channel in their order"
        ) { json, _ in json.numbers }

        static let outputTable = [
            outputName.description, activation.description, encoding.description, range.description,
        ]
        static let encoding = Parameter<SegmentationMap.Encoding?>.optionalChoice(
            "encoding",
            "segment: what the numbers of the output are; by default whole numbers are classes, one number for each place a "
                + "probability, and several are scores of classes")
        static let range = Parameter<[Double]?>.optionalCustom(
            "range", .list(.number(anyFinite), count: 2...2),
            "restyle, generate: the numbers that stand for black and white; by default as samples become numbers in the input, "
                + "and -1 and 1 for generate"
        ) { json, _ in json.array?.compactMap(\.number) }
        static let outputName = Parameter.optionalString(
            "name", "The output that holds the result; by default the first")
        static let activation = Parameter<Output.Activation>.choice(
            "activation", default: .none,
            "What makes scores of the output: softmax of logits, sigmoid of each, or none where they are scores already"
        )

        static let goldenTable = [
            goldenInput.description, goldenOutput.description, goldenLabel.description, goldenScore.description,
            tolerance.description,
        ]
        static let goldenInput = Parameter.path(
            "input",
            "A picture, or an array (.npy): 8-bit samples [H, W] or [H, W, 3] for a picture, else the input itself")
        static let goldenOutput = Parameter<[(name: String?, file: PathBytes)]?>.optionalCustom(
            "output", .anyOf([.path, .map(.path)]),
            "The result: an array in NumPy's format (.npy), relative to the card's folder; or several, by the names of the "
                + "outputs"
        ) { json, _ in
            if let file = json.string { return [(nil, PathBytes(file))] }
            return json.members?.map { ($0.key.text, PathBytes($0.value.string ?? "")) }
        }
        static let goldenLabel = Parameter.optionalString("label", "The class that has to come first")
        static let goldenScore = Parameter.optionalNumber("score", in: 0...1, "The score that it has to have")
        static let tolerance = Parameter.optionalNumber(
            "tolerance", in: 0...1,
            "How far off a score, or a number as a part of the output's largest magnitude, may be; by default 0.05 for a "
                + "picture, as libraries resize in different ways, and 0.002 for the input itself")
    }
}

extension JSONValue {
    /// A number as a list of one, or the numbers of a list.
    fileprivate var numbers: [Double] { number.map { [$0] } ?? array?.compactMap(\.number) ?? [] }
}

extension ModelCard.Input {
    fileprivate init(_ reader: inout ParameterReader) {
        typealias Table = ModelCard.Table
        name = reader.read(Table.inputName)
        if let size = reader.read(Table.size), size.count == 2 { (width, height) = (size[0], size[1]) }
        takesAnySize = reader.read(Table.anySize)
        fit = reader.read(Table.fit)
        place = reader.read(Table.place)
        shortSide = reader.read(Table.shortSide)
        filter = reader.read(Table.filter)
        fill = reader.read(Table.fill)
        background = reader.read(Table.background)
        channels = reader.read(Table.channels)
        layout = reader.read(Table.layout)
        scale = reader.read(Table.scale)
        mean = reader.read(Table.mean)
        std = reader.read(Table.std)
        if reader.has("place"), fit != .contain {
            reader.error(
                at: "place", rule: "key-without-effect", message: "place has no effect with the fit \(fit.rawValue)",
                hint: "leave it out, or set fit to contain")
        }
        if reader.has("fill"), fit != .contain {
            reader.error(
                at: "fill", rule: "key-without-effect", message: "fill has no effect with the fit \(fit.rawValue)",
                hint: "leave it out, or set fit to contain; transparency lies on background")
        }
        if reader.has("shortSide"), fit != .cover {
            reader.error(
                at: "shortSide", rule: "key-without-effect",
                message: "shortSide has no effect with the fit \(fit.rawValue)", hint: "set fit to cover")
        }
    }
}

extension ModelCard.Output {
    fileprivate init(_ reader: inout ParameterReader) {
        name = reader.read(ModelCard.Table.outputName)
        activation = reader.read(ModelCard.Table.activation)
        encoding = reader.read(ModelCard.Table.encoding)
        range = reader.read(ModelCard.Table.range)
        if let range, range.count == 2, range[0] == range[1] {
            reader.error(
                at: "range", rule: "out-of-range", message: "black and white are both \(range[0])",
                hint: "give two different numbers, such as [0, 1]")
        }
    }
}

extension ModelCard.Golden {
    fileprivate init(_ reader: inout ParameterReader) {
        typealias Table = ModelCard.Table
        input = reader.read(Table.goldenInput)
        outputs = reader.read(Table.goldenOutput) ?? []
        label = reader.read(Table.goldenLabel)
        score = reader.read(Table.goldenScore)
        tolerance = reader.read(Table.tolerance)
        if outputs.isEmpty, label == nil {
            reader.error(
                at: "input", rule: "missing-key", message: "golden has an input and no result to compare with",
                hint: #"add "output", an array, or "label", the class that comes first"#)
        }
        if score != nil, label == nil {
            reader.error(
                at: "score", rule: "key-without-effect", message: "score has no effect without label",
                hint: "add the label that has this score")
        }
    }
}

extension ModelCard {
    /// Reads the keys of a card's document; faults are recorded in the reader.
    init(_ reader: inout ParameterReader) {
        _ = reader.read(Table.schemaReference)
        _ = reader.read(Table.version)
        _ = reader.read(Table.description)
        task = reader.read(Table.task)
        model = reader.read(Table.model)
        input = reader.read(Table.input)
        labels = reader.read(Table.labels)
        output = reader.read(Table.output)
        boxes = reader.read(Table.boxes)
        constants = reader.read(Table.constants)
        golden = reader.read(Table.golden)
    }
}
