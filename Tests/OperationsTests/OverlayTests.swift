import Dataflow
import Raster
import Specification
import Testing

@testable import Operations

@Suite("What was found is drawn where it was found")
struct OverlayTests {
    private typealias Row = FindingTable.Row

    /// Runs one step on a picture and a table of boxes.
    private func run(
        _ json: String, _ type: any ImageOperation.Type, on picture: [UInt8], _ size: ImageSize, _ rows: [Row],
        pictureFirst: Bool
    ) throws -> [Float] {
        let source = SourceText(file: "test.json", text: json)
        var diagnostics = Diagnostics(source: source)
        let value = try #require(JSONReader.read(source, into: &diagnostics))
        var reader = ParameterReader(object: value, of: type.step, context: "step", pointer: "")
        let operation = type.init(&reader)
        #expect(!reader.hasErrors)

        var graph = Graph()
        let format = FieldFormat(size: size, layout: .rgb, decoded: .uint8)
        let tableFormat = FindingTable.format(.boxes, capacity: 4, points: 1)
        let field = graph.source(format), table = graph.source(tableFormat)
        graph.setClasses(ClassNames(["face"]), of: table, .boxes)
        let results = try operation.lower(
            pictureFirst ? [field, table] : [table, field], into: &graph, LoweringContext(stepKey: "step"))
        let output = graph.real(results[0])
        let sinkField = graph.add(CopyOfRows(format: graph.format(of: output)), [output])
        graph.sink(sinkField)
        var picture = picture
        var samples = FindingTable.samples(rows, tableFormat)
        let outputFormat = graph.format(of: sinkField)
        var result = [Float](repeating: -1, count: outputFormat.samplesPerRow * outputFormat.size.height)
        try picture.withUnsafeMutableBytes { picture in
            try samples.withUnsafeMutableBytes { samples in
                try result.withUnsafeMutableBytes { result in
                    try graph.run(
                        sources: [
                            .memory(
                                RowWindow(
                                    base: picture.baseAddress!, bytesPerRow: format.bytesPerRow, capacity: size.height)),
                            .memory(
                                RowWindow(
                                    base: samples.baseAddress!, bytesPerRow: tableFormat.bytesPerRow,
                                    capacity: tableFormat.size.height)),
                        ],
                        sinks: [
                            .memory(
                                RowWindow(
                                    base: result.baseAddress!, bytesPerRow: outputFormat.bytesPerRow,
                                    capacity: outputFormat.size.height))
                        ])
                }
            }
        }
        return result
    }

    private struct CopyOfRows: RowOperator {
        let format: FieldFormat
        var summary: String { "copy" }
        var output: FieldFormat { format }

        func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
            for y in rows { output.row(y).copyMemory(from: inputs[0].row(y), byteCount: format.bytesPerRow) }
        }
    }

    private let size = ImageSize(width: 40, height: 30)
    private let boxes = [
        Row(classIndex: 0, score: 0.9, place: [5, 6, 15, 20, 9, 9]),
        Row(classIndex: 0, score: 0.8, place: [30, -3, 60, 8, 31, 2]),
    ]

    private func mask(_ json: String, _ rows: [Row]) throws -> [Float] {
        try run(
            json, Mask.self, on: [UInt8](repeating: 0, count: size.pixelCount * 3), size, rows, pictureFirst: false)
    }

    @Test func rectangles() throws {
        let mask = try mask(#"{ "op": "mask" }"#, boxes)
        let inverse = try self.mask(#"{ "op": "mask", "invert": true }"#, boxes)
        for y in 0..<30 {
            for x in 0..<40 {
                let inside = ((5..<15).contains(x) && (6..<20).contains(y)) || (x >= 30 && y < 8)
                #expect(mask[y * 40 + x] == (inside ? 255 : 0), "\(x) \(y)")
                #expect(inverse[y * 40 + x] == (inside ? 0 : 255))
            }
        }
        #expect(try self.mask(#"{ "op": "mask" }"#, []).allSatisfy { $0 == 0 })
        #expect(try self.mask(#"{ "op": "mask", "invert": true }"#, []).allSatisfy { $0 == 255 })
    }

    @Test func growthAndSoftEdges() throws {
        let mask = try mask(#"{ "op": "mask", "grow": 0.2, "feather": 4 }"#, [boxes[0]])
        for y in 0..<30 {
            for x in 0..<40 {
                let dx = abs(Double(x) + 0.5 - 10) - 6, dy = abs(Double(y) + 0.5 - 13) - 8.4
                let expected = 255 * min(max(0.5 - max(dx, dy) / 4, 0), 1)
                #expect(abs(Double(mask[y * 40 + x]) - expected) < 1e-3)
            }
        }
    }

    @Test func ellipses() throws {
        let mask = try mask(#"{ "op": "mask", "form": "ellipse" }"#, [boxes[0]])
        for y in 0..<30 {
            for x in 0..<40 {
                let u = (Double(x) + 0.5 - 10) / 5, v = (Double(y) + 0.5 - 13) / 7
                if abs(u * u + v * v - 1) > 1e-9 { #expect(mask[y * 40 + x] == (u * u + v * v < 1 ? 255 : 0)) }
            }
        }
    }

    /// Frames one pixel wide, a dot at each point, nothing else; the picture shows through everywhere else.
    @Test func framesAndPoints() throws {
        let picture = (0..<size.pixelCount * 3).map { UInt8($0 % 251) }
        let drawn = try run(
            ##"{ "op": "overlay", "text": false, "thickness": 1, "colour": "#102030" }"##, Overlay.self, on: picture,
            size,
            boxes, pictureFirst: true)
        for y in 0..<30 {
            for x in 0..<40 {
                func frame(_ left: Int, _ top: Int, _ right: Int, _ bottom: Int) -> Bool {
                    (left..<right).contains(x) && (top..<bottom).contains(y)
                        && (x == left || x == right - 1 || y == top || y == bottom - 1)
                }
                func dot(_ px: Int, _ py: Int) -> Bool {
                    (px - 1..<px + 1).contains(x) && (py - 1..<py + 1).contains(y)
                }
                let isDrawn = frame(5, 6, 15, 20) || frame(30, -3, 60, 8) || dot(9, 9) || dot(31, 2)
                for channel in 0..<3 {
                    let place = (y * 40 + x) * 3 + channel
                    let expected = isDrawn ? [16, 32, 48][channel] : Float(picture[place])
                    #expect(drawn[place] == expected, "\(x) \(y)")
                }
            }
        }
    }

    @Test func labelsAreReadable() {
        var drawing = Drawing(size: ImageSize(width: 30, height: 20))
        drawing.label("I-", x: 2, y: 3, dot: 1, ground: .white)
        var picture: [String] = []
        for y in 0..<20 {
            var row = [Float](repeating: 100, count: 90)
            drawing.paint(row: y, &row, channels: 3, hasAlpha: false)
            picture.append(
                stride(from: 0, to: 90, by: 3).map { row[$0] == 0 ? "#" : row[$0] == 255 ? "." : " " }.joined())
        }
        #expect(picture[2].allSatisfy { $0 == " " })
        #expect(picture[4] == "  ..###........               ".padding(30))
        #expect(picture[7] == "  ...#...#####.               ".padding(30))
        #expect(picture[10] == "  ..###........               ".padding(30))
    }

    /// Every printable letter has a form of its own.
    @Test func lettersDiffer() {
        let forms = (0x20...0x7e).map { code in
            (0..<Font.height).map { Font.row($0, of: Unicode.Scalar(UInt8(code))) }
        }
        #expect(Set(forms).count == 95)
        #expect(forms.dropFirst().allSatisfy { $0.contains { $0 != 0 } })
        #expect(Font.row(0, of: "ж") == 0b11111)
    }

    @Test func classesHaveColoursOfTheirOwn() {
        #expect(Set((0..<60).map { Colour.ofClass($0) }).count == 60)
    }
}

extension String {
    fileprivate func padding(_ length: Int) -> String { self + String(repeating: " ", count: max(0, length - count)) }
}
