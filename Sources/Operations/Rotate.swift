import Dataflow
import Kernels
import Raster
import Specification

/// Turns the picture clockwise about its middle.
///
/// Whole quarters move samples: `out[y, x] = in[H − 1 − x, y]` for 90°. Any other angle α takes the sample at
/// (u, v) = (x cos α + y sin α, −x sin α + y cos α), counted from both middles, by `filter`: `bilinear` of the four
/// pixels around it, `bicubic` (Keys, a = −½) of sixteen.
///
/// - Shapes: `[C, W, H]` out for odd quarters. Else `[C, ⌈W |sin α| + H |cos α|⌉, ⌈W |cos α| + H |sin α|⌉]` with
///   `expand`, `[C, H, W]` without; a transparent `background` adds alpha to a picture without it.
/// - Beyond the edge: `background`.
/// - Transparency: computed premultiplied.
/// - Precision: quarters are exact, the rest float32. The whole picture is kept in memory.
/// - Errors: a side of more than 65,535 pixels.
/// - Source: Keys, *Cubic convolution interpolation for digital image processing*.
struct Rotate: ImageOperation {
    enum Filter: String, Sendable, CaseIterable {
        case bilinear, bicubic
    }

    private static let angle = Parameter<Double>.requiredNumber(
        "angle", in: -3600...3600, unit: "degrees", "how far to turn, clockwise")
    private static let filter = Parameter<Filter>.choice(
        "filter", default: .bicubic, "how samples between pixels are made, where the angle is no whole quarter")
    private static let expand = Parameter<Bool>.boolean(
        "expand", default: true, "true: all of the picture is kept; false: its size is kept and corners are cut")
    private static let background = Parameter<Colour?>.custom(
        "background", .anyOf([.choice(["transparent"]), .colour]), default: nil, defaultText: #""transparent""#,
        "what fills the corners: a colour, or transparent, which adds alpha to a picture without it"
    ) { json, _ in json.string.map { Colour($0) } }

    static let step = StepDescription(
        name: "rotate",
        summary: "turn the picture clockwise",
        parameters: [angle.description, filter.description, expand.description, background.description],
        notes: """
            Multiples of 90° only move samples, so nothing is lost; `filter`, `expand` and `background` then have no
            meaning and are refused. For a gray picture the luma of `background` counts.
            """,
        examples: [
            #"{ "op": "rotate", "angle": 90 }"#,
            ##"{ "op": "rotate", "angle": -2.5, "expand": false, "background": "#ffffff" }"##,
        ])

    let angle: Double
    let filter: Filter
    let expand: Bool
    let background: Colour?

    init(_ reader: inout ParameterReader) {
        angle = reader.read(Self.angle)
        filter = reader.read(Self.filter)
        expand = reader.read(Self.expand)
        background = reader.read(Self.background)
        if quarterTurns != nil {
            for key in ["filter", "expand", "background"] where reader.has(key) {
                reader.error(
                    at: key, rule: "key-without-effect", message: "\(key) has no effect on whole quarters",
                    hint: "leave it out")
            }
        }
    }

    /// nil where the angle is no multiple of 90°.
    private var quarterTurns: Int? {
        let quarters = angle / 90
        return quarters == quarters.rounded() ? Int(quarters) : nil
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        var type = inputs[0]
        if let quarterTurns {
            type.size = type.size.map { Orientation(quarterTurns: quarterTurns).size(of: $0) }
        } else {
            if background == nil { type.layout = type.layout?.withAlpha }
            if let size = type.size { type.size = try turned(size) }
        }
        return [type]
    }

    private func turned(_ size: ImageSize) throws(OperationError) -> ImageSize {
        let result = RotationGeometry(degrees: angle, of: size, expand: expand).output
        guard max(result.width, result.height) <= ResizeGeometry.largestSide else {
            throw OperationError(
                "too-large", "the \(size) picture turned by \(numberText(angle)) degrees would be \(result)",
                hint: "a side has at most \(ResizeGeometry.largestSide) pixels; set expand to false")
        }
        return result
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        if let quarterTurns { return [graph.oriented(inputs[0], Orientation(quarterTurns: quarterTurns))] }
        let format = graph.format(of: inputs[0])
        _ = try turned(format.size)
        let fill = background.map { color in
            let rgb = [Float(color.red), Float(color.green), Float(color.blue)]
            return format.colorCount == 3 ? rgb : [0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]]
        }
        return [
            graph.rotated(
                inputs[0], degrees: angle, filter: filter == .bilinear ? .bilinear : .bicubic, expand: expand,
                background: fill)
        ]
    }
}
