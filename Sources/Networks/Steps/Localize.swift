import Dataflow
import Inference
import Operations
import Specification

/// Finds the class of a picture and the box of what makes it that class, with a plain classifier.
///
/// The class activation map (see ``ClassActivation``) is brought to the input's size by bilinear interpolation; the box
/// surrounds its largest place and what is joined to it above `level` of the way from the map's mean to its maximum.
///
/// - The value: boxes, of which there is at most one; see ``FindingTable``.
/// - Errors, at load: a network whose classes are not one linear layer over a global average pool.
/// - Source: Zhou and others, *Learning deep features for discriminative localization*.
struct Localize: NetworkOperation {
    private static let wanted = Parameter<String?>.optionalString(
        "class", "the class that is looked for; by default the best one")
    private static let threshold = Parameter.number(
        "threshold", in: 0...1, default: 0.2, "the least score of the class; below it there is no box")
    private static let level = Parameter.number(
        "level", in: 0...1, default: 0.1,
        "how far above its mean, as a part of the way to its maximum, the class's map is inside the box")

    static let step = StepDescription(
        name: "localize",
        summary: "find the class of the picture and the box of what belongs to it, with a classifier",
        parameters: [
            NetworkLoader.model.description, wanted.description, threshold.description, level.description,
        ],
        notes: """
            For a network that ends with a global average pool and at most one linear layer, as most classifiers do: its
            feature maps, weighted as the class weighs them, show where in the picture the class is seen. The box is as
            coarse as these maps, often 7×7. For exact boxes, and for several things in a picture, take `detect` and a
            network that was trained for it.
            """,
        examples: [
            #"{ "op": "localize", "model": "animals.json" }"#,
            #"{ "op": "localize", "model": "animals.json", "class": "cat", "threshold": 0.5, "as": "cat" }"#,
        ])

    let network: PictureNetwork?
    let activation: ClassActivation?
    /// nil: the best one.
    let classIndex: Int?
    let threshold: Double
    let level: Double

    init(_ reader: inout ParameterReader, _ networks: NetworkLoader) {
        let wanted = reader.read(Self.wanted)
        threshold = reader.read(Self.threshold)
        level = reader.read(Self.level)
        let plain = networks.network(&reader, for: [.classify])
        classIndex = wanted.flatMap { plain?.classes.index(of: $0) }
        if let wanted, let plain, classIndex == nil {
            reader.error(
                at: "class", rule: "unknown-class", message: "\(quoted(wanted)) is none of the network's classes",
                hint: nearest(wanted, in: plain.classes.names).map { "did you mean \(quoted($0))?" }
                    ?? "the card's labels name them")
        }
        var traced: (PictureNetwork, ClassActivation)?
        if let plain {
            do {
                let activation = try ClassActivation(plain.network, output: plain.outputName)
                let exposing = try plain.exposing([activation.features])
                let types = try exposing.plan().outputTypes
                try activation.check(types[activation.features], classCount: types[plain.outputName]?.count ?? 0)
                traced = (exposing, activation)
            } catch {
                let text = (error as? ClassActivation.Fault)?.text ?? "\(error)"
                reader.error(
                    at: "model", rule: "wrong-network",
                    message: "the network cannot tell where it sees a class: \(text)",
                    hint: "take a classifier with a global average pool, or detect with a network trained for boxes")
            }
        }
        (network, activation) = (traced?.0, traced?.1)
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        [ValueType(.boxes, of: network?.classes ?? ClassNames([]))]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        guard let network, let activation else { preconditionFailure("a step with faults is not planned") }
        let (field, geometry) = graph.networkInput(inputs[0], of: network, context)
        let format = FindingTable.format(.boxes, capacity: 1)
        let operation = self
        let rows = try NetworkRows(
            network, input: graph.format(of: field), output: format, key: context.stepKey
        ) { outputs throws(OperationError) in
            let box = try operation.box(outputs, network, activation, geometry)
            return FindingTable.samples(box.map { [$0] } ?? [], format)
        }
        let table = graph.add(rows, [field])
        graph.setClasses(network.classes, of: table, .boxes)
        graph.add(BoxReport(format: format, classes: network.classes, key: context.stepKey), [table])
        return [table]
    }

    private func box(
        _ outputs: [String: Tensor], _ network: PictureNetwork, _ activation: ClassActivation,
        _ geometry: InputGeometry
    ) throws(OperationError) -> FindingTable.Row? {
        let scores = try Scores(network.result(of: outputs), network.card.output.activation)
        let index = classIndex ?? scores.best(1)[0].classIndex
        guard index < scores.values.count, scores.values[index] >= threshold,
            let features = outputs[activation.features],
            let coarse = activation.map(index, features)
        else { return nil }
        let map = coarse.resized(width: geometry.input.width, height: geometry.input.height)
        let mean = map.values.reduce(0, +) / Float(map.values.count)
        let extent = map.extent(above: mean + Float(level) * (map.largest - mean))
        func within(_ value: Double, _ end: Int) -> Double { min(max(value, 0), Double(end)) }
        let place = [
            within(geometry.pictureX(Double(extent.columns.lowerBound)), geometry.picture.width),
            within(geometry.pictureY(Double(extent.rows.lowerBound)), geometry.picture.height),
            within(geometry.pictureX(Double(extent.columns.upperBound)), geometry.picture.width),
            within(geometry.pictureY(Double(extent.rows.upperBound)), geometry.picture.height),
        ]
        return FindingTable.Row(classIndex: index, score: scores.values[index], place: place)
    }
}
