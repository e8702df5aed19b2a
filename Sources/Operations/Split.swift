import Dataflow
import Raster
import Specification

/// Names the planes of a picture.
///
/// - Shapes: one plane for each channel, in the order red, green, blue, alpha (gray, alpha).
/// - Errors: more or fewer names than the picture has channels. A gray picture split into three gives its plane three
///   times, and an opaque picture's alpha is 255 everywhere, so that one pipeline serves all files.
struct Split: ImageOperation {
    static let step = StepDescription(
        name: "split",
        summary: "name the colour planes of a picture, so that steps can treat them one by one",
        results: 1...4,
        notes: """
            `as` names one plane for each channel: `["r", "g", "b"]`, or `["r", "g", "b", "a"]` with alpha, or
            `["gray"]`, or `["gray", "a"]`. A gray picture gives its plane for red, green and blue; the alpha of a
            picture without it is 255. The value that the next step reads stays the picture itself.
            """,
        examples: [#"{ "op": "split", "as": ["r", "g", "b"] }"#])

    let count: Int

    init(_ reader: inout ParameterReader) {
        count = max(1, reader.names("as").count)
        if !reader.has("as") {
            reader.error(
                at: "op", rule: "missing-key", message: "split names no planes",
                hint: #"add "as": ["r", "g", "b"]"#)
        }
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        if let layout = inputs[0].layout, count <= 2, layout.colorCount == 3 {
            throw OperationError(
                "channel-count", "split names \(count) planes, but its input has the channels \(layout.rawValue)",
                hint: #"name three: "as": ["r", "g", "b"]"#)
        }
        return [ValueType](repeating: ValueType(layout: .gray, size: inputs[0].size), count: count)
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        let format = graph.format(of: inputs[0])
        let wantedColors = count >= 3 ? 3 : 1
        if format.colorCount > wantedColors {
            throw OperationError(
                "channel-count", "split names \(count) planes, but the picture has \(format.channels) channels",
                hint: "put a gray step before it, or name three planes")
        }
        var planes: [FieldID] = []
        for index in 0..<count {
            if index < wantedColors {
                planes.append(graph.plane(min(index, format.colorCount - 1), of: inputs[0]))
            } else {
                planes.append(graph.alphaPlane(of: inputs[0]))
            }
        }
        return planes
    }
}
