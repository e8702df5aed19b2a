import Dataflow
import Inference
import Operations
import Raster
import Specification

/// Finds things in a picture: boxes with classes, scores and points.
///
/// The network's outputs become boxes as the card's `boxes` say; those below `threshold` are dropped, and those that
/// overlap a better one of their class by more than `overlap`. What was done to the picture before the network is undone
/// exactly: a box lies where the thing is in the picture that the step reads.
///
/// - The value: boxes, see ``FindingTable``; at most `maximumCount`, the best first.
/// - The record: every box in pixels, from the upper left corner, cut at the picture's edges.
struct Detect: NetworkOperation {
    private static let threshold = Parameter<Double?>.optionalNumber(
        "threshold", in: 0...1, "the least score; by default the card's")
    private static let overlap = Parameter<Double?>.optionalNumber(
        "overlap", in: 0...1,
        "a box that overlaps a better one of its class by more (intersection over union) is dropped; by default the card's"
    )
    private static let classes = Parameter<[String]?>.optionalNames(
        "classes", as: .string, "the labels that are looked for; all by default")
    private static let maximumCount = Parameter.integer(
        "maximumCount", in: 1...1000, default: 100, unit: "boxes", "how many of the best are kept")

    static let step = StepDescription(
        name: "detect",
        summary: "find things in the picture with a network: boxes with classes, scores and points",
        parameters: [
            NetworkLoader.model.description, threshold.description, overlap.description, classes.description,
            maximumCount.description,
        ],
        notes: """
            The picture goes through a network whose card has the task `detect`. The value that the next step reads
            stays the picture; `as` names the boxes, which `overlay` draws, `mask` turns into a mask and `route` sorts
            by. A picture without any is no failure: there are then no boxes.
            """,
        examples: [
            #"{ "op": "detect", "model": "faces.json" }"#,
            #"{ "op": "detect", "model": "things.json", "classes": ["dog", "cat"], "threshold": 0.4, "as": "animals" }"#,
        ])

    let network: PictureNetwork?
    let threshold: Double
    let overlap: Double
    /// The numbers of the classes that are looked for; nil for all.
    let kinds: Set<Int>?
    let maximumCount: Int

    init(_ reader: inout ParameterReader, _ networks: NetworkLoader) {
        let threshold = reader.read(Self.threshold)
        let overlap = reader.read(Self.overlap)
        let names = reader.read(Self.classes)
        maximumCount = reader.read(Self.maximumCount)
        network = networks.network(&reader, for: [.detect])
        self.threshold = threshold ?? network?.card.boxes?.threshold ?? 0.5
        self.overlap = overlap ?? network?.card.boxes?.overlap ?? 0.45
        kinds = network.flatMap { network in names.map { network.numbers(of: $0, key: "classes", &reader) } }
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        [ValueType(.boxes, of: network?.classes ?? ClassNames([]))]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        guard let network, let decoder = network.decoder else {
            preconditionFailure("a step with faults is not planned")
        }
        let (field, geometry) = graph.networkInput(inputs[0], of: network, context)
        let format = FindingTable.format(.boxes, capacity: maximumCount, points: decoder.pointCount)
        let step = self
        let rows = try NetworkRows(
            network, input: graph.format(of: field), output: format, key: context.stepKey
        ) { outputs throws(OperationError) in
            var found: [Detection]
            do throws(DecodingError) {
                found = try decoder.candidates(outputs, input: network.size, threshold: step.threshold)
            } catch {
                throw OperationError("network", error.message, hint: "check boxes in the model card")
            }
            if let kinds = step.kinds { found.removeAll { !kinds.contains($0.kind) } }
            found = found.suppressed(overlap: step.overlap, count: step.maximumCount)
            return FindingTable.samples(found.compactMap { $0.row(undoing: geometry) }, format)
        }
        let table = graph.add(rows, [field])
        graph.setClasses(network.classes, of: table, .boxes)
        graph.add(BoxReport(format: format, classes: network.classes, key: context.stepKey), [table])
        return [table]
    }
}

extension PictureNetwork {
    /// The numbers of some labels; a fault at `key` for each that the card does not have.
    func numbers(of names: [String], key: String, _ reader: inout ParameterReader) -> Set<Int> {
        var numbers: Set<Int> = []
        for name in names {
            let found = classes.names.indices.filter { classes.names[$0] == name }
            if found.isEmpty {
                reader.error(
                    at: key, rule: "unknown-class", message: "the model card has no label \(quoted(name))",
                    hint: nearest(name, in: classes.names).map { "did you mean \"\($0)\"?" }
                        ?? "it has \(classes.names.prefix(20).joined(separator: ", "))")
            }
            numbers.formUnion(found)
        }
        return numbers
    }
}

extension Detection {
    /// As a row of findings, in pixels of the picture, cut at its edges; nil for what lies outside it.
    func row(undoing geometry: InputGeometry) -> FindingTable.Row? {
        func x(_ x: Double) -> Double { min(max(geometry.pictureX(x), 0), Double(geometry.picture.width)) }
        func y(_ y: Double) -> Double { min(max(geometry.pictureY(y), 0), Double(geometry.picture.height)) }
        let edges = [x(box.left), y(box.top), x(box.right), y(box.bottom)]
        guard edges[0] < edges[2], edges[1] < edges[3] else { return nil }
        return FindingTable.Row(
            classIndex: kind, score: score,
            place: edges + points.flatMap { [geometry.pictureX($0.x), geometry.pictureY($0.y)] })
    }
}
