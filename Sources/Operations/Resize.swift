import Dataflow
import Raster
import Specification

/// Makes the picture larger or smaller: `out[y, x] = Σᵢⱼ f((i − v) / s) · f((j − u) / t) · in[i, j] / Σ f · Σ f`.
///
/// Samples have their centres at halves: u = (x + ½) · W / W′ − ½, and v likewise. s and t are the factors by which the
/// sides shrink, at least 1, so that a shrinking picture is smoothed first. f is the filter: `bilinear` 1 − |x| to 1,
/// `bicubic` Keys' cubic (a = −½) to 2, `lanczos` sinc(x) · sinc(x / 3) to 3; `nearest` takes the pixel at ⌊u + ½⌋.
///
/// - Shapes: `[C, H, W]` in, `[C, H′, W′]` out; see `ResizeGeometry`.
/// - Beyond the edge: nothing counts; the weights that are left add up to 1.
/// - Transparency: resampled premultiplied; alpha stays within 0…255, colours within what opaque ones could become.
/// - `prescale`: W and H are those of the full picture; u and v are divided by the denominator of the reduction.
/// - Precision: float32 (weights computed in double); a constant picture stays exactly what it is; `nearest` is exact.
/// - Errors: a side of more than 65,535 pixels.
/// - Source: Keys, *Cubic convolution interpolation for digital image processing*; Duchon, *Lanczos filtering in one
///   and two dimensions*.
struct Resize: ImageOperation {
    private static let width = Parameter<Int?>.optionalInteger(
        "width", in: 1...ResizeGeometry.largestSide, unit: "pixels", "new width; with it alone the height follows")
    private static let height = Parameter<Int?>.optionalInteger(
        "height", in: 1...ResizeGeometry.largestSide, unit: "pixels", "new height; with it alone the width follows")
    private static let scale = Parameter<Double?>.optionalNumber(
        "scale", in: 0.0001...100, "factor for both sides, in place of width and height")
    private static let fit = Parameter<ResizeGeometry.Fit>.choice(
        "fit", default: .contain,
        "what both sides mean: contain, the picture fits in; cover, it fills them and is cut; stretch, it is distorted")
    private static let filter = Parameter<ResampleFilter>.choice(
        "filter", default: .lanczos, "how new samples are made of old ones")
    private static let enlarge = Parameter<Bool>.boolean(
        "enlarge", default: true, "false: no side becomes longer than it is")
    private static let prescale = Parameter<Bool>.boolean(
        "prescale", default: false,
        "true: a JPEG that shrinks to a quarter or less is decoded at a fraction of its size, which is faster and not "
            + "quite the same")

    static let step = StepDescription(
        name: "resize",
        summary: "make the picture larger or smaller",
        parameters: [
            width.description, height.description, scale.description, fit.description, filter.description,
            ColorSpace.key.description, enlarge.description, prescale.description,
        ],
        notes: """
            Give `width`, `height`, both, or `scale`. With one side the other follows. With both, `fit` says what they
            mean:

            | fit | result |
            |---|---|
            | `contain` | the largest picture of the old proportions that fits in |
            | `cover` | exactly this size, filled; what reaches beyond is cut off on both sides alike |
            | `stretch` | exactly this size, distorted |

            | filter | reach in pixels | |
            |---|---|---|
            | `nearest` | 0 | the nearest pixel; samples only move |
            | `bilinear` | 1 | soft, no overshoot |
            | `bicubic` | 2 | Keys' cubic with a = −½ |
            | `lanczos` | 3 | sharp, with some overshoot at edges |

            A filter is widened by the factor by which a side shrinks, so that fine patterns do not alias. Pictures with
            alpha are resampled premultiplied.

            With `prescale`, a `resize` of the picture as `decode` gives it, or of its `gray`, lets a JPEG be decoded at
            1/2, 1/4 or 1/8 of its size, the smallest from which the filter still shrinks both sides to a half. The
            decoder then computes means over squares of pixels, and needs a part of its time. On photographs the result
            is within a few levels of what it is without; it is as repeatable. Other files, and pictures that shrink by
            less, are resized as ever.
            """,
        examples: [
            #"{ "op": "resize", "width": 320, "height": 320 }"#,
            #"{ "op": "resize", "scale": 0.5, "filter": "bicubic", "space": "linear" }"#,
            #"{ "op": "resize", "width": 1200, "height": 630, "fit": "cover", "enlarge": false }"#,
            #"{ "op": "resize", "width": 256, "prescale": true }"#,
        ])

    let target: ResizeGeometry.Target
    let filter: ResampleFilter
    let space: ColorSpace
    let enlarge: Bool
    let prescale: Bool

    init(_ reader: inout ParameterReader) {
        let width = reader.read(Self.width)
        let height = reader.read(Self.height)
        let scale = reader.read(Self.scale)
        let fit = reader.read(Self.fit)
        filter = reader.read(Self.filter)
        space = reader.read(ColorSpace.key)
        enlarge = reader.read(Self.enlarge)
        prescale = reader.read(Self.prescale)
        if let scale {
            target = .scale(scale)
        } else if let width, let height {
            target = .box(ImageSize(width: width, height: height), fit)
        } else if let width {
            target = .width(width)
        } else {
            target = .height(height ?? 1)
        }
        let sides = ["width", "height"].filter { reader.has($0) }
        if reader.has("scale"), let side = sides.first {
            reader.error(
                at: "scale", rule: "key-without-effect", message: "scale has no effect beside \(side)",
                hint: "give scale, or width and height")
        } else if !reader.has("scale"), sides.isEmpty, !reader.hasUnknownKey {
            reader.error(
                at: "op", rule: "missing-key", message: "resize says no size",
                hint: #"add "width", "height", both, or "scale""#)
        } else if reader.has("fit"), sides.count < 2 {
            reader.error(
                at: "fit", rule: "key-without-effect", message: "fit has no effect without both width and height",
                hint: "leave it out; the proportions are kept")
        }
        if filter == .nearest, space == .linear, reader.has("space") {
            reader.error(
                at: "space", rule: "key-without-effect", message: "space has no effect on nearest",
                hint: "leave it out; nearest computes nothing")
        }
        if filter == .nearest, prescale {
            reader.error(
                at: "prescale", rule: "key-without-effect", message: "prescale has no effect on nearest",
                hint: "leave it out; nearest takes pixels as they are")
        }
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        var type = inputs[0]
        if let size = type.size {
            type.size = try ResizeGeometry(target, of: size, enlarge: enlarge).output
        } else if case .box(let size, let fit) = target, fit != .contain, enlarge {
            type.size = size
        }
        return [type]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        var field = inputs[0]
        let hasAlpha = graph.format(of: field).hasAlpha
        var geometry = try ResizeGeometry(target, of: graph.format(of: field).size, enlarge: enlarge)
        if geometry.columns.isIdentity, geometry.rows.isIdentity { return inputs }
        if filter == .nearest {
            return [graph.nearest(field, columns: geometry.columns, rows: geometry.rows)]
        }
        if prescale, let start = geometry.start(among: context.reduced[field] ?? []) {
            field = start.field
            geometry = geometry.starting(at: start)
        }
        if space == .linear { field = graph.linearized(field) }
        let colors = graph.format(of: field).values
        if hasAlpha { field = graph.premultiplied(field) }
        field = graph.resampled(field, columns: geometry.columns, rows: geometry.rows, filter)
        if hasAlpha {
            let overshoot = max(0, geometry.columns.taps(filter).overshoot, geometry.rows.taps(filter).overshoot)
            field = graph.unpremultiplied(field, within: colors.widened(by: overshoot).widened(by: overshoot))
        }
        if space == .linear { field = graph.encoded(field) }
        return [field]
    }
}
