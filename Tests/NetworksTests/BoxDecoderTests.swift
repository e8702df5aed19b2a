import Foundation
import Inference
import Raster
import Testing

@testable import Networks

@Suite("A detector's numbers become boxes as its family defines them")
struct BoxDecoderTests {
    private let input = ImageSize(width: 64, height: 32)

    private func numbers(_ count: Int, seed: UInt64 = 1, in range: ClosedRange<Float> = -1...1) -> [Float] {
        var random = SeededNumbers(seed)
        return (0..<count).map { _ in random.next(in: range) }
    }

    private func expect(_ found: [Detection], _ expected: [Detection], _ comment: Comment = "") {
        #expect(found.count == expected.count, comment)
        for (a, b) in zip(found, expected) {
            #expect(a.kind == b.kind && abs(a.score - b.score) < 1e-5, comment)
            for (p, q) in [
                (a.box.left, b.box.left), (a.box.top, b.box.top), (a.box.right, b.box.right),
                (a.box.bottom, b.box.bottom),
            ] {
                #expect(abs(p - q) < 1e-3, comment)
            }
            #expect(a.points.count == b.points.count, comment)
            for (p, q) in zip(a.points, b.points) { #expect(abs(p.x - q.x) < 1e-3 && abs(p.y - q.y) < 1e-3, comment) }
        }
    }

    /// Cells of 8, 16 and 32 pixels on 64×32: 8·4 + 4·2 + 2·1 places.
    private var places: [(x: Float, y: Float, s: Float)] {
        [8, 16, 32].flatMap { s in
            (0..<32 / s).flatMap { y in (0..<64 / s).map { x in (Float(x), Float(y), Float(s)) } }
        }
    }

    @Test func yolox() throws {
        let values = numbers(42 * 8)
        let scores = numbers(42 * 8, seed: 2, in: 0...1)
        var table = values
        for row in 0..<42 { for column in 4..<8 { table[row * 8 + column] = scores[row * 8 + column] } }
        let card = ModelCard.Boxes(.yolox)
        let decoder = try card.boxDecoder(outputs: [("out", nil)], main: "out", classCount: 3, activation: .none)
        let found = try decoder.candidates(
            ["out": Tensor(shape: [1, 42, 8], floats: table)], input: input, threshold: 0.3)
        var expected: [Detection] = []
        for (row, place) in places.enumerated() {
            let t = Array(table[row * 8..<row * 8 + 8])
            let best = max(t[5], t[6], t[7])
            if t[4] * best < 0.3 { continue }
            let w = exp(t[2]) * place.s, h = exp(t[3]) * place.s
            let x = (t[0] + place.x) * place.s, y = (t[1] + place.y) * place.s
            expected.append(
                Detection(
                    box: Box(
                        left: Double(x - w / 2), top: Double(y - h / 2), right: Double(x + w / 2),
                        bottom: Double(y + h / 2)), score: Double(t[4] * best),
                    kind: best == t[5] ? 0 : best == t[6] ? 1 : 2))
        }
        #expect(!expected.isEmpty && expected.count < 42)
        expect(found, expected)
    }

    /// YOLOv8 writes [4 + classes, places]; the same numbers the other way round mean the same.
    @Test func yolov8EitherWayRound() throws {
        let (rows, columns) = (50, 4 + 2 + 3 * 2)
        let table = numbers(rows * columns, in: 0...1)
        var turned = table
        for row in 0..<rows {
            for column in 0..<columns { turned[column * rows + row] = table[row * columns + column] }
        }
        var card = ModelCard.Boxes(.yolov8)
        card.pointCount = 3
        let decoder = try card.boxDecoder(outputs: [], main: "o", classCount: 2, activation: .none)
        let upright = try decoder.candidates(
            ["o": Tensor(shape: [1, rows, columns], floats: table)], input: input, threshold: 0.5)
        let lying = try decoder.candidates(
            ["o": Tensor(shape: [1, columns, rows], floats: turned)], input: input, threshold: 0.5)
        #expect(upright == lying)
        var expected: [Detection] = []
        for row in 0..<rows {
            let t = table[row * columns..<(row + 1) * columns].map(Double.init)
            if max(t[4], t[5]) < 0.5 { continue }
            expected.append(
                Detection(
                    box: Box(
                        left: t[0] - t[2] / 2, top: t[1] - t[3] / 2, right: t[0] + t[2] / 2, bottom: t[1] + t[3] / 2),
                    score: max(t[4], t[5]), kind: t[4] >= t[5] ? 0 : 1,
                    points: [Point(x: t[6], y: t[7]), Point(x: t[8], y: t[9]), Point(x: t[10], y: t[11])]))
        }
        expect(upright, expected)
    }

    @Test func yolov5WithSigmoidAndFractions() throws {
        let table = numbers(20 * 7, in: -3...3)
        var card = ModelCard.Boxes(.yolov5)
        card.units = .fraction
        let decoder = try card.boxDecoder(outputs: [], main: "o", classCount: nil, activation: .sigmoid)
        let found = try decoder.candidates(
            ["o": Tensor(shape: [1, 20, 7], floats: table)], input: input, threshold: 0.4)
        func sigmoid(_ x: Float) -> Double { 1 / (1 + exp(-Double(x))) }
        var expected: [Detection] = []
        for row in 0..<20 {
            let t = Array(table[row * 7..<row * 7 + 7])
            let score = sigmoid(t[4]) * max(sigmoid(t[5]), sigmoid(t[6]))
            if score < 0.4 { continue }
            expected.append(
                Detection(
                    box: Box(
                        centerX: Double(t[0]) * 64, centerY: Double(t[1]) * 32, width: Double(t[2]) * 64,
                        height: Double(t[3]) * 32), score: score, kind: t[5] >= t[6] ? 0 : 1))
        }
        #expect(!expected.isEmpty)
        expect(found, expected)
    }

    /// Two priors for each cell of 16 pixels, points, and a background that does not count.
    @Test func ssdAroundPriors() throws {
        var card = ModelCard.Boxes(.ssd)
        card.priors = [
            BoxDecoder.Level(stride: 16, sizes: [.init(width: 10, height: 10), .init(width: 20, height: 40)])
        ]
        card.background = 0
        card.pointCount = 1
        let boxes = numbers(16 * 4), scores = numbers(16 * 3, seed: 3, in: -2...2), points = numbers(16 * 2, seed: 4)
        let types = try [("loc", [1, 16, 4]), ("conf", [1, 16, 3]), ("landms", [1, 16, 2])].map {
            ($0.0, try TensorType(.float32, $0.1) as TensorType?)
        }
        let decoder = try card.boxDecoder(outputs: types, main: "", classCount: 3, activation: .softmax)
        let found = try decoder.candidates(
            [
                "loc": Tensor(shape: [1, 16, 4], floats: boxes), "conf": Tensor(shape: [1, 16, 3], floats: scores),
                "landms": Tensor(shape: [1, 16, 2], floats: points),
            ], input: input, threshold: 0.4)
        var expected: [Detection] = []
        for row in 0..<16 {
            let cell = row / 2
            let px = (Double(cell % 4) + 0.5) * 16, py = (Double(cell / 4) + 0.5) * 16
            let (pw, ph) = row % 2 == 0 ? (10.0, 10.0) : (20.0, 40.0)
            let t = (0..<4).map { Double(boxes[row * 4 + $0]) }
            let powers = (0..<3).map { exp(Double(scores[row * 3 + $0])) }
            let shares = powers.map { $0 / powers.reduce(0, +) }
            let kind = shares[1] >= shares[2] ? 1 : 2
            if shares[kind] < 0.4 { continue }
            expected.append(
                Detection(
                    box: Box(
                        centerX: px + t[0] * 0.1 * pw, centerY: py + t[1] * 0.1 * ph, width: pw * exp(t[2] * 0.2),
                        height: ph * exp(t[3] * 0.2)), score: shares[kind], kind: kind,
                    points: [
                        Point(
                            x: px + Double(points[row * 2]) * 0.1 * pw, y: py + Double(points[row * 2 + 1]) * 0.1 * ph)
                    ]))
        }
        #expect(!expected.isEmpty)
        expect(found, expected)
    }

    @Test func yunetWithFivePoints() throws {
        var outputs: [String: Tensor] = [:]
        var expected: [Detection] = []
        for (index, s) in [8, 16, 32].enumerated() {
            let count = 64 / s * (32 / s), seed = UInt64(10 * index + 5)
            let cls = numbers(count, seed: seed, in: 0...1), obj = numbers(count, seed: seed + 1, in: 0...1.2)
            let bbox = numbers(count * 4, seed: seed + 2), kps = numbers(count * 10, seed: seed + 3)
            outputs["cls_\(s)"] = try Tensor(shape: [1, count, 1], floats: cls)
            outputs["obj_\(s)"] = try Tensor(shape: [1, count, 1], floats: obj)
            outputs["bbox_\(s)"] = try Tensor(shape: [1, count, 4], floats: bbox)
            outputs["kps_\(s)"] = try Tensor(shape: [1, count, 10], floats: kps)
            for row in 0..<count {
                let score = (Double(cls[row]) * min(Double(obj[row]), 1)).squareRoot()
                if score < 0.6 { continue }
                let (x, y, stride) = (Double(row % (64 / s)), Double(row / (64 / s)), Double(s))
                let t = (0..<4).map { Double(bbox[row * 4 + $0]) }
                expected.append(
                    Detection(
                        box: Box(
                            centerX: (x + t[0]) * stride, centerY: (y + t[1]) * stride, width: exp(t[2]) * stride,
                            height: exp(t[3]) * stride), score: score, kind: 0,
                        points: (0..<5).map {
                            Point(
                                x: (Double(kps[row * 10 + 2 * $0]) + x) * stride,
                                y: (Double(kps[row * 10 + 2 * $0 + 1]) + y) * stride)
                        }))
            }
        }
        let decoder = try ModelCard.Boxes(.yunet).boxDecoder(
            outputs: [], main: "", classCount: 1, activation: .none)
        expect(try decoder.candidates(outputs, input: input, threshold: 0.6), expected)
    }

    /// Two places for each cell, found by the shapes of the outputs alone.
    @Test func scrfdDistances() throws {
        var outputs: [(String, Tensor)] = []
        var tensors: [[Float]] = []
        for (role, columns) in [1, 4].enumerated() {
            for (index, s) in [8, 16, 32].enumerated() {
                let count = 2 * (64 / s) * (32 / s)
                let values = numbers(count * columns, seed: UInt64(10 * role + index + 1), in: 0...1)
                tensors.append(values)
                outputs.append(("\(tensors.count)", try Tensor(shape: [count, columns], floats: values)))
            }
        }
        let decoder = try ModelCard.Boxes(.scrfd).boxDecoder(
            outputs: outputs.map { ($0.0, $0.1.type) }, main: "", classCount: nil, activation: .none)
        let found = try decoder.candidates(
            Dictionary(uniqueKeysWithValues: outputs), input: input, threshold: 0.7)
        var expected: [Detection] = []
        for (index, s) in [8, 16, 32].enumerated() {
            for row in 0..<2 * (64 / s) * (32 / s) where tensors[index][row] >= 0.7 {
                let (x, y) = (Double(row / 2 % (64 / s) * s), Double(row / 2 / (64 / s) * s))
                let t = (0..<4).map { Double(tensors[3 + index][row * 4 + $0]) * Double(s) }
                expected.append(
                    Detection(
                        box: Box(left: x - t[0], top: y - t[1], right: x + t[2], bottom: y + t[3]),
                        score: Double(tensors[index][row]), kind: 0))
            }
        }
        expect(found, expected)
    }

    /// Boxes in fractions, scores with a background, as UltraFace gives them; then top before left, and classes apart.
    @Test func corners() throws {
        let boxes = numbers(30 * 4, in: 0...1), scores = numbers(30 * 2, seed: 9, in: 0...1)
        var card = ModelCard.Boxes(.corners)
        card.background = 0
        let outputs = [
            "boxes": try Tensor(shape: [1, 30, 4], floats: boxes),
            "scores": try Tensor(shape: [1, 30, 2], floats: scores),
        ]
        let types = [("scores", outputs["scores"]?.type), ("boxes", outputs["boxes"]?.type)]
        let decoder = try card.boxDecoder(outputs: types, main: "", classCount: 2, activation: .none)
        let found = try decoder.candidates(outputs, input: input, threshold: 0.5)
        let expected = (0..<30).filter { scores[2 * $0 + 1] >= 0.5 }.map { row in
            Detection(
                box: Box(
                    left: Double(boxes[4 * row]) * 64, top: Double(boxes[4 * row + 1]) * 32,
                    right: Double(boxes[4 * row + 2]) * 64, bottom: Double(boxes[4 * row + 3]) * 32),
                score: Double(scores[2 * row + 1]), kind: 1)
        }
        expect(found, expected)

        var apart = ModelCard.Boxes(.corners)
        apart.coordinates = .cornersYX
        apart.units = .pixels
        (apart.boxes, apart.scores, apart.classes) = (["b"], ["s"], ["c"])
        let other = try apart.boxDecoder(outputs: [], main: "", classCount: 80, activation: .none).candidates(
            [
                "b": Tensor(shape: [1, 2, 4], floats: [1, 2, 3, 4, 5, 6, 7, 8]),
                "s": Tensor(shape: [1, 2], floats: [0.9, 0.2]), "c": Tensor(shape: [1, 2], floats: [17, 3]),
            ], input: input, threshold: 0.5)
        expect(other, [Detection(box: Box(left: 2, top: 1, right: 4, bottom: 3), score: 0.9, kind: 17)])
    }

    @Test func listOfWhatIsLeft() throws {
        let decoder = try ModelCard.Boxes(.list).boxDecoder(
            outputs: [], main: "o", classCount: nil, activation: .none)
        let found = try decoder.candidates(
            ["o": Tensor(shape: [1, 3, 6], floats: [1, 2, 3, 4, 0.9, 5, 0, 0, 1, 1, 0.1, 2, 9, 9, 12, 13, 0.6, 0])],
            input: input, threshold: 0.5)
        expect(
            found,
            [
                Detection(box: Box(left: 1, top: 2, right: 3, bottom: 4), score: 0.9, kind: 5),
                Detection(box: Box(left: 9, top: 9, right: 12, bottom: 13), score: 0.6, kind: 0),
            ])
    }

    /// As CenterFace has it: y before x, cells of 4 pixels, sizes as logarithms, points within the box.
    @Test func heatmap() throws {
        let heat = numbers(128, seed: 1, in: 0...1), sizes = numbers(256, seed: 2), offsets = numbers(256, seed: 3)
        let points = numbers(512, seed: 4)
        var card = ModelCard.Boxes(.heatmap)
        (card.scores, card.boxes, card.offsets, card.points) = (["h"], ["s"], ["o"], ["p"])
        card.pointCount = 2
        let decoder = try card.boxDecoder(outputs: [], main: "", classCount: 1, activation: .none)
        let found = try decoder.candidates(
            [
                "h": Tensor(shape: [1, 1, 8, 16], floats: heat), "s": Tensor(shape: [1, 2, 8, 16], floats: sizes),
                "o": Tensor(shape: [1, 2, 8, 16], floats: offsets), "p": Tensor(shape: [1, 4, 8, 16], floats: points),
            ], input: input, threshold: 0.8)
        var expected: [Detection] = []
        for cell in 0..<128 where heat[cell] >= 0.8 {
            let h = exp(Double(sizes[cell])) * 4, w = exp(Double(sizes[128 + cell])) * 4
            let x = (Double(cell % 16) + Double(offsets[128 + cell]) + 0.5) * 4
            let y = (Double(cell / 16) + Double(offsets[cell]) + 0.5) * 4
            expected.append(
                Detection(
                    box: Box(centerX: x, centerY: y, width: w, height: h), score: Double(heat[cell]), kind: 0,
                    points: (0..<2).map {
                        Point(
                            x: x - w / 2 + Double(points[(2 * $0 + 1) * 128 + cell]) * w,
                            y: y - h / 2 + Double(points[2 * $0 * 128 + cell]) * h)
                    }))
        }
        #expect(!expected.isEmpty)
        expect(found, expected)
    }

    @Test func whatDoesNotFitIsTold() throws {
        let yolox = try ModelCard.Boxes(.yolox).boxDecoder(
            outputs: [], main: "o", classCount: nil, activation: .none)
        func message(_ outputs: [String: Tensor], _ decoder: BoxDecoder) -> String {
            do throws(DecodingError) {
                _ = try decoder.candidates(outputs, input: input, threshold: 0.5)
                return ""
            } catch {
                return error.message
            }
        }
        #expect(message([:], yolox).contains("no output \"o\""))
        let short = try Tensor(shape: [1, 41, 7], floats: numbers(41 * 7))
        #expect(
            message(["o": short], yolox).contains(
                "41 places; strides 8, 16, 32 on an input of 64×32 give 8×4×1 + 4×2×1"))
        let narrow = try Tensor(shape: [1, 42, 5], floats: numbers(42 * 5))
        #expect(message(["o": narrow], yolox).contains("5 numbers for each place"))
        #expect(throws: DecodingError.self) {
            try ModelCard.Boxes(.corners).boxDecoder(
                outputs: [("a", TensorType(.float32, [1, 9, 4])), ("b", TensorType(.float32, [1, 9, 4]))], main: "",
                classCount: nil, activation: .none)
        }
        #expect(throws: DecodingError.self) {
            try ModelCard.Boxes(.heatmap).boxDecoder(outputs: [], main: "", classCount: nil, activation: .none)
        }
    }

    @Test func whatIsNoNumberIsNoBox() throws {
        let decoder = try ModelCard.Boxes(.list).boxDecoder(
            outputs: [], main: "o", classCount: nil, activation: .none)
        let values: [Float] = [
            .nan, 0, 1, 1, 0.9, 0, 0, 0, .infinity, 1, 0.9, 0, 0, 0, 1, 1, .nan, 0, 0, 0, 1, 1, 0.9, .nan,
            0, 0, 1, 1, .infinity, 0,
        ]
        #expect(
            try decoder.candidates(["o": Tensor(shape: [1, 5, 6], floats: values)], input: input, threshold: 0.5)
                .isEmpty)
        let box = Box(left: 0, top: 0, right: 1, bottom: 1)
        for point in [Point(x: .nan, y: 0), Point(x: 0, y: .infinity)] {
            #expect(!Detection(box: box, score: 0.9, kind: 0, points: [Point(x: 0, y: 0), point]).isFinite)
        }
        #expect(Detection(box: box, score: 0.9, kind: 0, points: [Point(x: 0, y: 0)]).isFinite)
    }
}

extension ModelCard.Boxes {
    /// What a card says that names no more than the decoder.
    init(_ decoder: Decoder) {
        self.init(
            decoder: decoder, variances: [0.1, 0.2], isExponential: true, numbersPerPoint: 2, threshold: 0.5,
            overlap: 0.45)
    }
}

/// Numbers by chance, the same for the same seed.
struct SeededNumbers {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func next(in range: ClosedRange<Float>) -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return range.lowerBound + Float(state >> 40) * 0x1p-24 * (range.upperBound - range.lowerBound)
    }
}
