import Dataflow
import Raster
import Specification

/// Draws what earlier steps found over the picture: boxes with their labels, the class, a mask.
///
/// - Shapes: `[C, H, W]` in, the same out; a gray picture becomes a coloured one.
/// - A mask: `out = x + (colour − x) · opacity · mask / 255`; a class map: each class in a colour of its own, class 0 not
///   at all.
/// - Alpha becomes opaque where a box or a text is drawn, and stays otherwise.
struct Overlay: ImageOperation {
    private static let boxes = Parameter<String?>.optionalString(
        "boxes", as: .valueName, "the boxes that are drawn; by default the latest")
    private static let labels = Parameter<String?>.optionalString(
        "labels", as: .valueName, "a classification, written into the upper left corner")
    private static let mask = Parameter<String?>.optionalString(
        "mask", as: .valueName, "a mask or a class map, laid over the picture as a colour")
    private static let colour = Parameter<Colour?>.optionalColour(
        "colour", "of everything; by default boxes and class maps have a colour for each class, and a mask is red")
    private static let opacity = Parameter.number(
        "opacity", in: 0...1, default: 0.5, "of the mask's colour where the mask is 255")
    private static let thickness = Parameter<Int?>.optionalInteger(
        "thickness", in: 1...1000, unit: "pixels", "of a box's lines; by default a 250th of the picture's shorter side")
    private static let text = Parameter.boolean("text", default: true, "whether class and score are written to a box")
    private static let textSize = Parameter<Int?>.optionalInteger(
        "textSize", in: 7...2000, unit: "pixels",
        "the height of a capital letter, down to a multiple of 7; by default a 45th of the picture's shorter side")

    static let step = StepDescription(
        name: "overlay",
        summary: "draw boxes, the class or a mask over the picture",
        parameters: [
            boxes.description, labels.description, mask.description, colour.description, opacity.description,
            thickness.description, text.description, textSize.description,
        ],
        notes: """
            Boxes are frames with class and score above them and a dot for each of their points. Lines and letters grow
            with the picture. Letters other than those of ASCII are drawn as empty boxes; the record has them.
            """,
        examples: [
            #"{ "op": "overlay" }"#,
            ##"{ "op": "overlay", "boxes": "faces", "colour": "#00ff00", "text": false }"##,
            ##"{ "op": "overlay", "mask": "person", "colour": "#3060ff", "opacity": 0.4 }"##,
        ])

    static let valueKeys = [
        ValueKey("boxes", [.boxes], takesLatest: true), ValueKey("labels", [.labels]),
        ValueKey("mask", [.picture, .classMap]),
    ]

    let colour: Colour?
    let opacity: Double
    let thickness: Int?
    let hasText: Bool
    let textSize: Int?

    init(_ reader: inout ParameterReader) {
        _ = reader.read(Self.boxes)
        _ = reader.read(Self.labels)
        _ = reader.read(Self.mask)
        colour = reader.read(Self.colour)
        opacity = reader.read(Self.opacity)
        thickness = reader.read(Self.thickness)
        hasText = reader.read(Self.text)
        textSize = reader.read(Self.textSize)
    }

    func resultTypes(of inputs: [ValueType]) throws(OperationError) -> [ValueType] {
        guard inputs.count > 1 else {
            throw OperationError(
                "nothing-to-draw", "there is nothing to draw over the picture",
                hint: "put a step that finds boxes before it, or name a classification (labels) or a mask")
        }
        var type = inputs[0]
        if let layout = type.layout { type.layout = layout.hasAlpha ? .rgba : .rgb }
        return [type]
    }

    func lower(_ inputs: [FieldID], into graph: inout Graph, _ context: LoweringContext) throws(OperationError)
        -> [FieldID]
    {
        var picture = graph.colored(inputs[0])
        var tables: [(field: FieldID, note: FindingNote)] = []
        for field in inputs.dropFirst() {
            if let note = graph.finding(in: field), note.kind != .classMap {
                tables.append((field, note))
            } else {
                picture = try graph.tinted(picture, mask: field, colour, opacity: opacity)
            }
        }
        if tables.isEmpty { return [picture] }
        let format = graph.format(of: picture)
        if format.type != .uint8 || format.divisor != 1 { picture = graph.real(picture) }
        var output = graph.format(of: picture)
        output.bounds = min(0, output.bounds.lowerBound)...max(255, output.bounds.upperBound)
        let notes = tables.map(\.note)
        let size = output.size
        return [
            graph.add(
                DrawingRows(
                    output: output, tables: tables.map { graph.format(of: $0.field) },
                    summary: "draw \(notes.map(\.kind.phrase).joined(separator: " and "))",
                    draw: { draw($0, notes, size: size) }),
                [picture] + tables.map(\.field))
        ]
    }

    private func draw(_ findings: [[FindingTable.Row]], _ notes: [FindingNote], size: ImageSize) -> Drawing {
        var drawing = Drawing(size: size)
        let short = min(size.width, size.height)
        let line = thickness ?? max(1, (short + 125) / 250)
        let dot = textSize.map { max(1, $0 / 7) } ?? max(1, (short + 157) / 315)
        for (rows, note) in zip(findings, notes) {
            if note.kind == .boxes {
                // The best is drawn last, over the others.
                for row in rows.reversed() where row.classIndex >= 0 {
                    draw(row, note.classes, line: line, dot: dot, &drawing)
                }
            } else if let row = rows.first, row.classIndex >= 0 {
                drawing.label(
                    text(row, note.classes), x: line, y: line, dot: dot,
                    ground: colour ?? .ofClass(row.classIndex))
            }
        }
        return drawing
    }

    private func draw(
        _ row: FindingTable.Row, _ classes: ClassNames, line: Int, dot: Int, _ drawing: inout Drawing
    ) {
        let edges = row.place.map { Int(min(max($0, -1e6), 1e6).rounded()) }
        guard edges.count >= 4, edges[0] < edges[2], edges[1] < edges[3] else { return }
        let colour = colour ?? .ofClass(row.classIndex)
        drawing.frame(columns: edges[0]..<edges[2], rows: edges[1]..<edges[3], thickness: line, colour)
        for point in stride(from: 4, to: edges.count - 1, by: 2) {
            let half = max(1, line)
            drawing.fill(
                columns: edges[point] - half..<edges[point] + half,
                rows: edges[point + 1] - half..<edges[point + 1] + half,
                colour)
        }
        guard hasText else { return }
        let text = text(row, classes)
        let extent = Drawing.labelSize(text, dot: dot)
        // Above the box, or within it where the picture ends; not beyond the right edge.
        let y = edges[1] >= extent.height ? edges[1] - extent.height : max(0, edges[1])
        let x = max(0, min(edges[0], drawing.size.width - extent.width))
        drawing.label(text, x: x, y: y, dot: dot, ground: colour)
    }

    private func text(_ row: FindingTable.Row, _ classes: ClassNames) -> String {
        let hundredths = Int((row.score * 100).rounded())
        let score = hundredths >= 100 ? "1" : "0.\(hundredths < 10 ? "0" : "")\(max(0, hundredths))"
        return "\(classes.name(of: row.classIndex)) \(score)"
    }
}

extension Graph {
    /// A gray picture with its gray for red, green and blue; any other as it is.
    fileprivate mutating func colored(_ field: FieldID) -> FieldID {
        let format = format(of: field)
        guard format.colorCount == 1 else { return field }
        var output = format
        output.channels = format.hasAlpha ? 4 : 3
        let origins = (0..<output.channels).map { channel in
            InterleaveRows.Origin(
                input: 0, channel: channel < 3 ? 0 : format.channels - 1, channels: format.channels)
        }
        return add(InterleaveRows(origins: origins, output: output), [field])
    }

    fileprivate mutating func tinted(
        _ picture: FieldID, mask: FieldID, _ colour: Colour?, opacity: Double
    ) throws(OperationError) -> FieldID {
        let note = finding(in: mask)
        let formats = [picture, mask].map { format(of: $0) }
        if formats[1].channels != 1 {
            throw OperationError(
                "channel-count", "the mask has \(formats[1].channels) channels; a mask is gray",
                hint: "put a gray or channel step before it")
        }
        try requireOneSize(formats.map(\.size), "overlay")
        let inputs = [real(picture), real(mask)]
        var output = format(of: inputs[0])
        output.bounds = min(0, output.bounds.lowerBound)...max(255, output.bounds.upperBound)
        output.isExact = false
        let palette = note?.kind == .classMap ? note.map { ClassPalette($0.classes.count, colour) } : nil
        return add(
            TintRows(
                output: output, palette: palette, colour: colour ?? Colour(red: 255, green: 0, blue: 0),
                opacity: Float(opacity)),
            inputs)
    }
}
