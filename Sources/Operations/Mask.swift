import Dataflow
import Foundation
import Raster
import Specification

/// A mask of boxes: 255 inside any of them, 0 elsewhere.
///
/// A box grows by `grow` times its width and height, half of it on each side, and is a `rectangle` or the `ellipse` that
/// touches its sides. `feather` is the width of the slope from 255 to 0, which lies across the edge:
/// `255 · clamp(½ − d / feather, 0, 1)` at the distance d outside of it (for an ellipse, measured along the ray from its
/// middle). Of several boxes the largest value counts. `invert` gives 255 minus that.
///
/// - Shapes: `[H, W]` of the picture's size.
struct Mask: ImageOperation {
    enum Form: String, Sendable, CaseIterable { case rectangle, ellipse }

    private static let size = Parameter<String?>.optionalString(
        "picture", as: .valueName,
        "the picture whose size the mask gets: the one that was searched; by default the latest")
    private static let form = Parameter<Form>.choice(
        "form", default: .rectangle, "the form of what is marked")
    private static let grow = Parameter.number(
        "grow", in: -0.9...10, default: 0, "how much larger than its box it is, as a part of the box's sides")
    private static let feather = Parameter.number(
        "feather", in: 0...1000, default: 0, unit: "pixels", "the width of its soft edge")
    private static let invert = Parameter.boolean(
        "invert", default: false, "mark everything else")

    static let step = StepDescription(
        name: "mask",
        summary: "turn boxes into a mask, a gray picture that is 255 inside of them",
        parameters: [
            size.description, form.description, grow.description, feather.description, invert.description,
        ],
        notes: """
            `from` names the boxes, by default the latest. A picture without boxes gives a mask of 0 (255 with
            `invert`). `as` names the mask, for `convolve`, `combine` and `overlay`; the value that the next step reads
            stays the picture.
            """,
        examples: [
            #"{ "op": "mask", "form": "ellipse", "grow": 0.3, "as": "faces" }"#,
            #"{ "op": "mask", "from": "text", "feather": 6, "as": "lines" }"#,
        ])

    static let keepsPicture = true
    static let inputKinds: Set<ValueKind> = [.boxes]
    static let valueKeys = [ValueKey("picture", [.picture], takesLatest: true)]

    let form: Form
    let grow: Double
    let feather: Double
    let isInverted: Bool

    init(_ reader: inout ParameterReader) {
        _ = reader.read(Self.size)
        form = reader.read(Self.form)
        grow = reader.read(Self.grow)
        feather = reader.read(Self.feather)
        isInverted = reader.read(Self.invert)
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        [ValueType(layout: .gray, size: inputs.count > 1 ? inputs[1].size : nil)]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        let output = FieldFormat(
            size: graph.format(of: inputs[1]).size, channels: 1, hasAlpha: false, type: .float32, bounds: 0...255,
            isExact: false)
        return [graph.add(MaskRows(mask: self, table: graph.format(of: inputs[0]), output: output), [inputs[0]])]
    }
}

/// Draws the marks of boxes.
private struct MaskRows: RowOperator {
    let mask: Mask
    let table: FieldFormat
    let output: FieldFormat
    var summary: String { "a mask of up to \(table.size.height) boxes, float32" }

    private struct Mark {
        var x: Double
        var y: Double
        /// Half of its sides.
        var across: Double
        var down: Double
    }

    func access(_ input: Int) -> InputAccess { .whole }

    func prepare(_ inputs: [RowWindow], context: RunContext) throws -> (any Sendable)? {
        FindingTable.rows(of: inputs[0], table).filter { $0.classIndex >= 0 && $0.place.count >= 4 }.map { row in
            let place = row.place
            return Mark(
                x: (place[0] + place[2]) / 2, y: (place[1] + place[3]) / 2,
                across: (place[2] - place[0]) / 2 * (1 + mask.grow), down: (place[3] - place[1]) / 2 * (1 + mask.grow))
        }
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        guard let marks = work.prepared as? [Mark] else { return }
        let width = self.output.size.width
        for y in rows {
            let row = output.row(y, as: Float.self)
            row.update(repeating: 0, count: width)
            let middle = Double(y) + 0.5
            for mark in marks where abs(middle - mark.y) <= mark.down + mask.feather / 2 {
                let reach = mark.across + mask.feather / 2
                let first = max(0, Int((mark.x - reach - 0.5).rounded(.up)))
                let last = min(width - 1, Int((mark.x + reach - 0.5).rounded(.down)))
                for x in first...max(first, last) where x <= last {
                    row[x] = max(row[x], value(abs(Double(x) + 0.5 - mark.x), abs(middle - mark.y), mark))
                }
            }
            if mask.isInverted { for x in 0..<width { row[x] = 255 - row[x] } }
        }
    }

    /// At a distance from the middle of a mark.
    private func value(_ x: Double, _ y: Double, _ mark: Mark) -> Float {
        let outside: Double
        switch mask.form {
        case .rectangle: outside = max(x - mark.across, y - mark.down)
        case .ellipse:
            guard mark.across > 0, mark.down > 0 else { return 0 }
            let radius = hypot(x / mark.across, y / mark.down)
            outside = radius == 0 ? -min(mark.across, mark.down) : hypot(x, y) * (1 - 1 / radius)
        }
        if mask.feather == 0 { return outside <= 0 ? 255 : 0 }
        return Float(255 * min(max(0.5 - outside / mask.feather, 0), 1))
    }
}
