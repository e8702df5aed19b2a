import Dataflow
import Raster
import Specification

/// Cuts a rectangle out of the picture: `out[y, x] = in[y + top, x + left]`.
///
/// - Shapes: `[C, height, width]` out.
/// - Where: `x` and `y` are the left and top edge, or `gravity` says which part is kept; `center` leaves
///   ⌊(W − width) / 2⌋ columns on the left.
/// - Precision: exact. Rows above and below the rectangle are not computed.
/// - Errors: a rectangle that reaches beyond the picture.
struct Crop: ImageOperation {
    enum Gravity: String, Sendable, CaseIterable {
        case center, top, bottom, left, right
        case topLeft = "top-left"
        case topRight = "top-right"
        case bottomLeft = "bottom-left"
        case bottomRight = "bottom-right"
    }

    private static let width = Parameter<Int>.requiredInteger(
        "width", in: 1...1_000_000, unit: "pixels", "columns that are kept")
    private static let height = Parameter<Int>.requiredInteger(
        "height", in: 1...1_000_000, unit: "pixels", "rows that are kept")
    private static let x = Parameter<Int?>.optionalInteger(
        "x", in: 0...1_000_000, unit: "pixels", "columns left of the rectangle; goes with y")
    private static let y = Parameter<Int?>.optionalInteger(
        "y", in: 0...1_000_000, unit: "pixels", "rows above the rectangle; goes with x")
    private static let gravity = Parameter<Gravity>.choice(
        "gravity", default: .center, "which part is kept, in place of x and y")

    static let step = StepDescription(
        name: "crop",
        summary: "cut a rectangle out of the picture",
        parameters: [
            width.description, height.description, x.description, y.description, gravity.description,
        ],
        notes: """
            Either `x` and `y` say where the rectangle begins, or `gravity` says which part is kept: the middle by
            default. A picture that is smaller than the rectangle, or that ends inside it, fails.
            """,
        examples: [
            #"{ "op": "crop", "x": 40, "y": 20, "width": 640, "height": 480 }"#,
            #"{ "op": "crop", "width": 500, "height": 500, "gravity": "top" }"#,
        ])

    let width: Int
    let height: Int
    let origin: (x: Int, y: Int)?
    let gravity: Gravity

    init(_ reader: inout ParameterReader) {
        width = reader.read(Self.width)
        height = reader.read(Self.height)
        let x = reader.read(Self.x)
        let y = reader.read(Self.y)
        gravity = reader.read(Self.gravity)
        origin = x.flatMap { x in y.map { (x, $0) } }
        if reader.has("gravity"), let key = ["x", "y"].first(where: { reader.has($0) }) {
            reader.error(
                at: "gravity", rule: "key-without-effect", message: "gravity has no effect beside \(key)",
                hint: "give x and y, or gravity")
        } else if reader.has("x") != reader.has("y") {
            let (given, missing) = reader.has("x") ? ("x", "y") : ("y", "x")
            reader.error(
                at: given, rule: "missing-key", message: "\(given) is given without \(missing)",
                hint: #"add "\#(missing)": 0"#)
        }
    }

    /// The upper left corner within a picture.
    private func corner(in size: ImageSize) throws(OperationError) -> (x: Int, y: Int) {
        let rest = (x: size.width - width, y: size.height - height)
        var corner = (x: rest.x / 2, y: rest.y / 2)
        if let origin {
            corner = origin
        } else {
            switch gravity {
            case .left, .topLeft, .bottomLeft: corner.x = 0
            case .right, .topRight, .bottomRight: corner.x = rest.x
            case .center, .top, .bottom: break
            }
            switch gravity {
            case .top, .topLeft, .topRight: corner.y = 0
            case .bottom, .bottomLeft, .bottomRight: corner.y = rest.y
            case .center, .left, .right: break
            }
        }
        guard rest.x >= 0, rest.y >= 0, corner.x <= rest.x, corner.y <= rest.y else {
            let place = origin.map { " at (\($0.x), \($0.y))" } ?? ""
            throw OperationError(
                "outside-picture", "the \(width)×\(height) rectangle\(place) does not lie within the \(size) picture",
                hint: "choose a smaller rectangle, or resize the picture before it")
        }
        return corner
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        if let size = inputs[0].size { _ = try corner(in: size) }
        return [ValueType(layout: inputs[0].layout, size: ImageSize(width: width, height: height))]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        let format = graph.format(of: inputs[0])
        let size = ImageSize(width: width, height: height)
        let corner = try corner(in: format.size)
        if size == format.size { return inputs }
        var output = format
        output.size = size
        return [graph.add(CropRows(output: output, x: corner.x, y: corner.y), inputs)]
    }
}

/// Part of every row of some rows.
struct CropRows: RowOperator {
    let output: FieldFormat
    /// Columns and rows before the first that is kept.
    let x: Int
    let y: Int
    var summary: String { "crop to \(output.size) at (\(x), \(y))" }

    func reading(_ input: Int, as format: FieldFormat) -> (any RowOperator)? {
        CropRows(output: output.withoutAlpha, x: x, y: y)
    }

    func inputRows(_ input: Int, for rows: Range<Int>) -> Range<Int> { rows.lowerBound + y..<rows.upperBound + y }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let offset = x * self.output.channels * self.output.type.byteCount
        for row in rows {
            output.row(row).copyMemory(from: inputs[0].row(row + y) + offset, byteCount: self.output.bytesPerRow)
        }
    }
}
