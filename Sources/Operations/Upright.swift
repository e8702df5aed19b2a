import Dataflow
import Raster
import Specification

/// Turns the picture back by as many quarters as a classification says that it is turned.
///
/// The classes are named by the degrees that a picture is turned clockwise: `0`, `90`, `180`, `270`. A picture of class
/// `90` is turned by 270° clockwise, and so on; one that the classification is not sure of is left as it is.
///
/// - Shapes: `[C, H, W]` in; `[C, W, H]` out where the picture lies on its side.
/// - Precision: exact. The whole picture is kept in memory.
/// - Errors: a classification without these classes.
///
/// The size of what follows depends on the class, so the classification is made before the graph of the picture is: the
/// file is decoded twice.
public struct Upright: ImageOperation {
    private static let by = Parameter<String?>.optionalString(
        "by", as: .valueName, "the classification; by default the latest")

    public static let step = StepDescription(
        name: "upright",
        summary: "turn the picture upright by what a classification says",
        parameters: [by.description],
        notes: """
            The labels of the classification are the degrees that a picture is turned clockwise: `0`, `90`, `180`,
            `270`. Where it is not sure (see `threshold` and `margin` of `classify`) the picture stays as it is, and what
            EXIF says of its orientation with it; else EXIF says afterwards that it is upright. Only samples are moved,
            so nothing is lost. The file is decoded twice.
            """,
        examples: [#"{ "op": "upright" }"#, #"{ "op": "upright", "by": "direction" }"#])

    public static let valueKeys = [ValueKey("by", [.labels], takesLatest: true)]

    /// The classes by the quarters that a picture of them is turned.
    private static let quarters = ["0": 0, "90": 1, "180": 2, "270": 3]

    public init(_ reader: inout ParameterReader) { _ = reader.read(Self.by) }

    public func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        guard inputs.count > 1 else {
            throw OperationError(
                "no-input", "no earlier step tells how the picture is turned",
                hint: "put a classify step with a network for orientation before it")
        }
        let names = inputs[1].classes?.names ?? []
        guard names.contains("90"), names.allSatisfy({ Self.quarters[$0] != nil }) else {
            throw OperationError(
                "wrong-classes",
                "the classification knows \(names.prefix(6).joined(separator: ", ")); upright needs 0, 90, 180, 270",
                hint: "name the network's labels by the degrees that a picture is turned clockwise")
        }
        return [ValueType(layout: inputs[0].layout)]
    }

    /// How many quarters clockwise a picture of a class has to be turned; nil where the classification was not sure.
    public static func turn(label: String?) -> Int? { label.flatMap { quarters[$0] }.map { (4 - $0) % 4 } }

    public func lower(
        _ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext
    ) throws(OperationError) -> [FieldID] {
        // Before the class is known, what takes most memory.
        let turn = context.quarterTurns[context.stepKey] ?? 2
        return [graph.oriented(inputs[0], Orientation(quarterTurns: turn))]
    }
}
