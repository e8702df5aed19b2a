import Dataflow
import Operations
import Specification

/// Boxes in a picture, as they stand in a record.
public struct BoxFinding: Finding, Equatable {
    public struct Box: Sendable, Equatable {
        public var label: String
        public var classIndex: Int
        public var score: Double
        /// Pixels of the picture that was searched, from its upper left corner.
        public var left, top, right, bottom: Double
        /// Points that belong to it, as x and y in turn.
        public var points: [Double]
    }

    /// The best first.
    public var boxes: [Box]

    public var label: String? { boxes.first?.label }

    public var json: JSONNode {
        .object([
            ("count", .integer(boxes.count)),
            (
                "boxes",
                .array(
                    boxes.map { box in
                        var members: [(key: String, value: JSONNode?)] = [
                            ("label", .string(box.label)), ("class", .integer(box.classIndex)),
                            ("score", .number(box.score)), ("left", Self.number(box.left)),
                            ("top", Self.number(box.top)),
                            ("right", Self.number(box.right)), ("bottom", Self.number(box.bottom)),
                        ]
                        if !box.points.isEmpty { members.append(("points", .array(box.points.map(Self.number)))) }
                        return .object(compacting: members)
                    })
            ),
        ])
    }

    /// Hundredths of a pixel are more than any network knows.
    private static func number(_ value: Double) -> JSONNode { .number((value * 100).rounded() / 100) }
}

/// Reports boxes for the record.
struct BoxReport: FieldReader {
    let format: Dataflow.FieldFormat
    let classes: ClassNames
    let key: String
    var summary: String { "up to \(format.size.height) boxes" }

    func read(_ inputs: [RowWindow], context: RunContext) {
        let rows = FindingTable.rows(of: inputs[0], format).filter { $0.classIndex >= 0 }
        context.report(
            BoxFinding(
                boxes: rows.map { row in
                    BoxFinding.Box(
                        label: classes.name(of: row.classIndex), classIndex: row.classIndex, score: row.score,
                        left: row.place[0], top: row.place[1], right: row.place[2], bottom: row.place[3],
                        points: Array(row.place.dropFirst(4)))
                }),
            key: key)
    }
}
