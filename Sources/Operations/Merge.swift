import Dataflow
import Raster
import Specification

/// Puts planes together into a picture: one is gray, two gray and alpha, three red, green and blue, four with alpha.
///
/// - Shapes: planes `[H, W]` of one size in, `[C, H, W]` out.
/// - Errors: a value of several channels, planes of different sizes.
struct Merge: ImageOperation {
    static let step = StepDescription(
        name: "merge",
        summary: "put planes together into a picture",
        inputs: 1...4,
        notes: "One plane is gray, two are gray and alpha, three red, green and blue, four with alpha.",
        examples: [#"{ "op": "merge", "from": ["r2", "g", "b"] }"#])

    init(_ reader: inout ParameterReader) {}

    private static let layouts: [ChannelLayout] = [.gray, .grayAlpha, .rgb, .rgba]

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        for (index, input) in inputs.enumerated() where (input.layout?.count ?? 1) != 1 {
            throw OperationError(
                "channel-count", "value \(index + 1) of from has \(input.layout!.count) channels; merge takes planes",
                hint: "name the planes with a split step, or pick one with a channel step")
        }
        try requireOneSize(inputs.compactMap(\.size), "merge")
        return [ValueType(layout: Self.layouts[inputs.count - 1], size: inputs.lazy.compactMap(\.size).first)]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        let formats = inputs.map { graph.format(of: $0) }
        if let wrong = formats.first(where: { $0.channels != 1 }) {
            throw OperationError(
                "channel-count", "merge takes planes, and one of its values has \(wrong.channels) channels",
                hint: "pick one with a channel step")
        }
        try requireOneSize(formats.map(\.size), "merge")
        return [graph.interleaved(inputs, hasAlpha: inputs.count % 2 == 0)]
    }
}

/// Steps with several inputs take pictures of one size.
func requireOneSize(_ sizes: [ImageSize], _ step: String) throws(OperationError) {
    guard let first = sizes.first, let other = sizes.first(where: { $0 != first }) else { return }
    throw OperationError(
        "size-mismatch", "\(step) takes values of one size; they are \(first) and \(other)",
        hint: "crop or resize one of them first")
}
