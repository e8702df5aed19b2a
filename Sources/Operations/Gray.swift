import Dataflow
import Raster
import Specification

/// Luma by Rec. 601: `0.299 R + 0.587 G + 0.114 B`; alpha is left alone.
///
/// - Shapes: `[1, H, W]`, or `[2, H, W]` with alpha, out.
/// - Precision: exact (299 R + 587 G + 114 B over 1000); a JPEG's own luma plane is used as it is.
/// - Source: Rec. ITU-R BT.601.
struct Gray: ImageOperation {
    static let step = StepDescription(
        name: "gray",
        summary: "luma: 0.299 R + 0.587 G + 0.114 B",
        notes: "By Rec. 601, which is what a JPEG stores: its own luma plane is used as it is. Alpha is left alone.",
        examples: [#"{ "op": "gray" }"#])

    init(_ reader: inout ParameterReader) {}

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        [ValueType(layout: inputs[0].layout.map { $0.hasAlpha ? .grayAlpha : .gray }, size: inputs[0].size)]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        let format = graph.format(of: inputs[0])
        if format.colorCount == 1 { return inputs }
        let luma = graph.luma(of: inputs[0], context)
        return [format.hasAlpha ? graph.withAlpha(luma, from: inputs[0]) : luma]
    }
}
