import Dataflow
import Foundation
import Inference
import Operations
import Raster
import Specification

/// Finds the class of a picture.
///
/// The card's activation makes scores of the network's output z: `softmax`, exp zᵢ / Σ exp zⱼ; `sigmoid`,
/// 1 / (1 + exp −zᵢ); or none.
///
/// - The value: labels, see ``FindingTable``.
/// - The record: the class, its score, and the best `top` classes.
/// - `threshold`, `margin`: of the best score, and of its distance from the second; below them the class is `else`.
struct Classify: NetworkOperation {
    private static let top = Parameter.integer(
        "top", in: 1...100, default: 5, unit: "classes", "how many of the best classes go to the record")
    private static let threshold = Parameter.number(
        "threshold", in: 0...1, default: 0, "the least score of the best class")
    private static let margin = Parameter.number(
        "margin", in: 0...1, default: 0, "how much better than the second one the best class has to be")
    private static let otherwise = Parameter.string(
        "else", default: "unsure", "the label where threshold or margin is not met")

    static let step = StepDescription(
        name: "classify",
        summary: "find the class of the picture with a network",
        parameters: [
            NetworkLoader.model.description, top.description, threshold.description, margin.description,
            otherwise.description,
        ],
        notes: """
            The picture goes through a network whose card has the task `classify`. The value that the next step reads
            stays the picture; `as` names the classification. The record holds the best classes with their scores.
            """,
        examples: [
            #"{ "op": "classify", "model": "digits.json" }"#,
            #"{ "op": "classify", "model": "animals.json", "top": 3, "threshold": 0.5, "else": "other", "as": "kind" }"#,
        ])

    let network: PictureNetwork?
    let top: Int
    let threshold: Double
    let margin: Double
    let otherwise: String

    init(_ reader: inout ParameterReader, _ networks: NetworkLoader) {
        top = reader.read(Self.top)
        threshold = reader.read(Self.threshold)
        margin = reader.read(Self.margin)
        otherwise = reader.read(Self.otherwise)
        network = networks.network(&reader, for: [.classify])
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        [ValueType(.labels, of: network?.classes ?? ClassNames([]))]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        guard let network else { preconditionFailure("a step with faults is not planned") }
        let field = graph.networkInput(inputs[0], of: network, context).field
        let format = FindingTable.format(.labels, capacity: top + 1)
        let (top, threshold, margin) = (top, threshold, margin)
        let rows = try NetworkRows(
            network, input: graph.format(of: field), output: format, key: context.stepKey
        ) { outputs throws(OperationError) in
            let scores = try Scores(network.result(of: outputs), network.card.output.activation)
            return FindingTable.samples(scores.decision(top: top, threshold: threshold, margin: margin), format)
        }
        let table = graph.add(rows, [field])
        graph.setClasses(network.classes, of: table, .labels)
        graph.add(
            ClassificationReport(format: format, classes: network.classes, otherwise: otherwise, key: context.stepKey),
            [table])
        return [table]
    }
}

/// The scores of all classes.
struct Scores {
    let values: [Double]

    /// - Throws: where the network gives something that is no number.
    init(_ output: [Double], _ activation: ModelCard.Output.Activation) throws(OperationError) {
        guard output.allSatisfy(\.isFinite), !output.isEmpty else {
            throw OperationError(
                "not-a-number", "the network gives scores that are no numbers",
                hint: "check scale, mean and std in the model card")
        }
        switch activation {
        case .none: values = output
        case .sigmoid: values = output.map { 1 / (1 + exp(-$0)) }
        case .softmax:
            let largest = output.max()!
            let powers = output.map { exp($0 - largest) }
            let sum = powers.reduce(0, +)
            values = powers.map { $0 / sum }
        }
    }

    /// The best classes, the best first; of equal ones the first in order.
    func best(_ count: Int) -> [FindingTable.Row] {
        values.indices.sorted { (values[$1], $0) < (values[$0], $1) }.prefix(count)
            .map { FindingTable.Row(classIndex: $0, score: values[$0]) }
    }

    /// The decision, then the best classes.
    func decision(top: Int, threshold: Double, margin: Double) -> [FindingTable.Row] {
        let best = best(max(top, 2))
        var decision = best[0]
        let second = best.count > 1 ? best[1].score : 0
        if decision.score < threshold || decision.score - second < margin { decision.classIndex = -1 }
        return [decision] + best.prefix(top)
    }
}
