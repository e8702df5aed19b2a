import Dataflow
import Operations
import Specification

/// The class of a picture, as it stands in a record.
public struct Classification: Finding, Equatable {
    public struct Candidate: Sendable, Equatable {
        public var label: String
        public var classIndex: Int
        public var score: Double
    }

    /// The label of the best class, or what stands for it where no class is sure enough.
    public var decision: String
    public var isSure: Bool
    public var score: Double
    /// The best first.
    public var top: [Candidate]

    public var label: String? { decision }

    public var json: JSONNode {
        .object([
            ("label", .string(decision)), ("sure", .bool(isSure)), ("score", .number(score)),
            (
                "top",
                .array(
                    top.map {
                        .object([
                            ("label", .string($0.label)), ("class", .integer($0.classIndex)),
                            ("score", .number($0.score)),
                        ])
                    })
            ),
        ])
    }
}

/// Reports a classification for the record.
struct ClassificationReport: FieldReader {
    let format: Dataflow.FieldFormat
    let classes: ClassNames
    let otherwise: String
    let key: String
    var summary: String { "class of \(classes.count)" }

    func read(_ inputs: [RowWindow], context: RunContext) {
        let rows = FindingTable.rows(of: inputs[0], format)
        let isSure = rows[0].classIndex >= 0
        context.report(
            Classification(
                decision: isSure ? classes.name(of: rows[0].classIndex) : otherwise, isSure: isSure,
                score: rows[0].score,
                top: rows.dropFirst().filter { $0.classIndex >= 0 }.map {
                    .init(label: classes.name(of: $0.classIndex), classIndex: $0.classIndex, score: $0.score)
                }),
            key: key)
    }
}
