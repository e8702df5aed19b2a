import Dataflow
import Specification

/// Mirrors the picture.
///
/// `horizontal`: `out[y, x] = in[y, W − 1 − x]`; `vertical`: `out[y, x] = in[H − 1 − y, x]`; `both`: one after the other,
/// which is a turn by 180°.
///
/// - Shapes: as the input. Every channel, alpha too, moves with its pixel.
/// - Precision: exact; samples only move. `horizontal` streams, the others wait for the whole picture.
struct Flip: ImageOperation {
    enum Axis: String, Sendable, CaseIterable {
        case horizontal, vertical, both
    }

    private static let axis = Parameter<Axis>.choice(
        "axis", default: .horizontal,
        "horizontal exchanges left and right, vertical exchanges top and bottom")

    static let step = StepDescription(
        name: "flip",
        summary: "mirror the picture",
        parameters: [axis.description],
        notes: """
            `horizontal` exchanges left and right, `vertical` top and bottom, `both` does both, which is a turn by
            180°. Samples only move, so nothing is lost.
            """,
        examples: [#"{ "op": "flip" }"#, #"{ "op": "flip", "axis": "vertical" }"#])

    let orientation: Orientation

    init(_ reader: inout ParameterReader) {
        let axis = reader.read(Self.axis)
        orientation = Orientation(mirrorsColumns: axis != .vertical, mirrorsRows: axis != .horizontal)
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] { inputs }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        [graph.oriented(inputs[0], orientation)]
    }
}
