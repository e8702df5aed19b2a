import Dataflow
import Raster
import Specification

/// Picks one channel as a gray picture.
///
/// - Shapes: `[H, W]` out.
/// - `channel`: red, green and blue of a gray picture are its gray; alpha of an opaque one is 255 everywhere; luma as
///   the step `gray` computes it.
struct Channel: ImageOperation {
    enum Name: String, Sendable, CaseIterable {
        case red, green, blue, alpha, luma
    }

    private static let channel = Parameter<Name>.requiredChoice("channel", "which one")

    static let step = StepDescription(
        name: "channel",
        summary: "pick one channel as a gray picture",
        parameters: [channel.description],
        notes: """
            Red, green and blue of a gray picture are its gray; the alpha of a picture without it is 255 everywhere;
            luma is 0.299 R + 0.587 G + 0.114 B, for a JPEG the plane that it stores.
            """,
        examples: [#"{ "op": "channel", "channel": "red" }"#])

    let name: Name

    init(_ reader: inout ParameterReader) {
        name = reader.read(Self.channel)
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        [ValueType(layout: .gray, size: inputs[0].size)]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        [graph.channel(name, of: inputs[0], context)]
    }
}

extension Graph {
    /// One channel of a picture, or its luma, as a plane.
    mutating func channel(_ name: Channel.Name, of field: FieldID, _ context: LoweringContext) -> FieldID {
        let last = format(of: field).colorCount - 1
        return switch name {
        case .red: plane(0, of: field)
        case .green: plane(min(1, last), of: field)
        case .blue: plane(min(2, last), of: field)
        case .alpha: alphaPlane(of: field)
        case .luma: luma(of: field, context)
        }
    }
}
