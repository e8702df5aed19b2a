import Dataflow
import Raster
import Testing

@testable import Operations

@Suite("A pattern is found where the picture looks like it")
struct FindPatternTests {
    /// The lecture's curve detector.
    private static let curve = [
        [0, 0, 0, 0, 0, 30, 0], [0, 0, 0, 0, 30, 0, 0], [0, 0, 0, 30, 0, 0, 0], [0, 0, 0, 30, 0, 0, 0],
        [0, 0, 0, 30, 0, 0, 0], [0, 0, 0, 30, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0],
    ]
    /// A receptive field with such a curve in it.
    private static let back = [
        [0, 0, 0, 0, 0, 0, 30], [0, 0, 0, 0, 50, 50, 50], [0, 0, 0, 20, 50, 0, 0], [0, 0, 0, 50, 50, 0, 0],
        [0, 0, 0, 50, 50, 0, 0], [0, 0, 0, 50, 50, 0, 0], [0, 0, 0, 50, 50, 0, 0],
    ]
    /// One without.
    private static let head = [
        [0, 0, 0, 0, 0, 0, 0], [0, 40, 0, 0, 0, 0, 0], [40, 0, 40, 0, 0, 0, 0], [40, 20, 0, 0, 0, 0, 0],
        [0, 50, 0, 0, 0, 0, 0], [0, 0, 50, 0, 0, 0, 0], [25, 25, 0, 50, 0, 0, 0],
    ]

    private func places(_ result: Steps.Result) -> PatternPlaces? {
        result.findings.first { $0.key == "step0" }?.value as? PatternPlaces
    }

    @Test func theCurveOfTheLectureAnswers6600AndItsAbsence0() throws {
        let step = #"{ "op": "find-pattern", "pattern": \#(Self.curve), "threshold": 6000 }"#
        let found = try Steps(step).run(Picture(rows: Self.back))
        #expect(found.values.rows() == [[6600]])
        #expect(places(found)?.places == [.init(x: 0, y: 0, response: 6600)])
        let missing = try Steps(step).run(Picture(rows: Self.head))
        #expect(missing.values.rows() == [[0]])
        #expect(places(missing)?.places == [])
        #expect(places(missing)?.count == 0)
    }

    @Test func theCurveIsFoundInAPicture() throws {
        var rows = [[Int]](repeating: [Int](repeating: 0, count: 40), count: 30)
        for (x, y, field) in [(3, 2, Self.head), (21, 11, Self.back), (8, 20, Self.head)] {
            for i in 0..<7 { for j in 0..<7 { rows[y + i][x + j] = field[i][j] } }
        }
        let sum = try Steps(#"{ "op": "find-pattern", "pattern": \#(Self.curve), "threshold": 6600 }"#).run(
            Picture(rows: rows))
        #expect(sum.values[21, 11, 0] == 6600)
        #expect(sum.values[3, 2, 0] == 0)
        #expect(sum.values[8, 20, 0] == 0)
        // The straight part of the curve, one row below, has even more of it.
        #expect(places(sum)?.places == [.init(x: 21, y: 12, response: 9000)])
        #expect(sum.values.size == ImageSize(width: 34, height: 24))
        let shape = try Steps(#"{ "op": "find-pattern", "pattern": \#(Self.back), "normalized": true }"#).run(
            Picture(rows: rows))
        #expect(places(shape)?.places == [.init(x: 21, y: 11, response: 1)])
        #expect(shape.values[21, 11, 0] == 255)
    }

    /// The correlation coefficient by its definition.
    private func coefficient(_ samples: [Double], _ pattern: [Double]) -> Double {
        let count = Double(samples.count)
        let (mean, patternMean) = (samples.reduce(0, +) / count, pattern.reduce(0, +) / count)
        var sums = (0.0, 0.0, 0.0)
        for (x, k) in zip(samples, pattern) {
            sums.0 += (x - mean) * (k - patternMean)
            sums.1 += (x - mean) * (x - mean)
            sums.2 += (k - patternMean) * (k - patternMean)
        }
        return sums.1 == 0 ? 0 : sums.0 / (sums.1 * sums.2).squareRoot()
    }

    @Test(arguments: BorderMode.allCases, [SampleType.uint8, .uint16])
    func theNormalizedResponseIsTheCorrelationCoefficient(_ border: BorderMode, _ type: SampleType) throws {
        var randomness = Randomness(9)
        for (index, (width, height)) in manySizes.enumerated() {
            for (rows, columns) in [(1, 2), (2, 2), (3, 5), (7, 4)]
            where border != .valid || rows <= height && columns <= width {
                let pattern = (0..<rows).map { _ in
                    (0..<columns).map { _ in Int.random(in: -9...9, using: &randomness) }
                }
                if Set(pattern.flatMap(\.self)).count == 1 { continue }
                let picture = Picture(random: index, width, height, .gray, type)
                let step = """
                    { "op": "find-pattern", "pattern": \(pattern), "normalized": true, "border": "\(border.rawValue)" }
                    """
                let result = try Steps(step).run(picture).values
                let anchor = border == .valid ? (0, 0) : (columns / 2, rows / 2)
                let expected = Values(result.size, channels: 1) { x, y, _ in
                    var samples: [Double] = []
                    for i in 0..<rows {
                        for j in 0..<columns {
                            let u = beyond(x + j - anchor.0, width, border)
                            let v = beyond(y + i - anchor.1, height, border)
                            samples.append(u.flatMap { u in v.map { picture.values[u, $0, 0] } } ?? 0)
                        }
                    }
                    return 255 * coefficient(samples, pattern.flatMap { $0.map(Double.init) })
                }
                #expect(result.distance(to: expected) < 2e-3)
            }
        }
    }

    /// The definition of a place, one by one.
    private func expectedPlaces(_ map: Values, _ threshold: Double, _ distance: Int) -> [PatternPlaces.Place] {
        var places: [PatternPlaces.Place] = []
        for y in 0..<map.size.height {
            for x in 0..<map.size.width where map[x, y, 0] >= threshold {
                var isLargest = true
                for v in max(0, y - distance)...min(map.size.height - 1, y + distance) {
                    for u in max(0, x - distance)...min(map.size.width - 1, x + distance) where (u, v) != (x, y) {
                        let isEarlier = (v, u) < (y, x)
                        if map[u, v, 0] > map[x, y, 0] || isEarlier && map[u, v, 0] == map[x, y, 0] {
                            isLargest = false
                        }
                    }
                }
                if isLargest { places.append(.init(x: x, y: y, response: map[x, y, 0])) }
            }
        }
        return places.sorted { ($1.response, $0.y, $0.x) < ($0.response, $1.y, $1.x) }
    }

    @Test(arguments: [0, 1, 2, 7, 30, 256]) func onlyTheBestOfPlacesCloseTogetherCounts(_ distance: Int) throws {
        for (index, (width, height)) in manySizes.enumerated() {
            // Few different values, so that many are equal.
            var picture = Picture(random: index, width, height)
            for i in picture.samples.indices { picture.samples[i] /= 40 }
            let step = """
                { "op": "find-pattern", "pattern": [[1]], "threshold": 2, "distance": \(distance), "maximumCount": 100000 }
                """
            let found = places(try Steps(step).run(picture))
            let expected = expectedPlaces(picture.values, 2, distance)
            #expect(found?.places == expected)
            #expect(found?.count == expected.count)
            let few = step.replacing("100000", with: "3")
            let best = places(try Steps(few).run(picture))
            #expect(best?.places == Array(expected.prefix(3)))
            #expect(best?.count == expected.count)
        }
    }

    @Test func placesAreCornersWhateverTheBorder() throws {
        var rows = [[Int]](repeating: [Int](repeating: 0, count: 9), count: 8)
        (rows[4][5], rows[5][6]) = (200, 200)
        for border in BorderMode.allCases {
            let step = """
                { "op": "find-pattern", "pattern": [[1, 0], [0, 1]], "threshold": 400, "border": "\(border.rawValue)" }
                """
            let result = try Steps(step).run(Picture(rows: rows))
            #expect(places(result)?.places == [.init(x: 5, y: 4, response: 400)])
            #expect(result.values.size.width == (border == .valid ? 8 : 9))
        }
    }

    @Test func theMapIsAValueForLaterSteps() throws {
        let picture = Picture(random: 3, 20, 12, .rgb)
        let found = try Steps(
            #"{ "op": "find-pattern", "pattern": [[1, 1]], "threshold": 100, "channel": "green" }"#,
            #"{ "op": "apply", "function": "scale", "scale": 0.5 }"#
        ).run(picture)
        let green = picture.values.plane(1)
        let expected = Values(ImageSize(width: 19, height: 12), channels: 1) { x, y, _ in
            (green[x, y, 0] + green[x + 1, y, 0]) / 2
        }
        #expect(found.values.distance(to: expected) < 1e-4)
        #expect(places(found) != nil)
    }

    @Test func theResponseToAPictureWithoutDetailIs0() throws {
        let picture = Picture(ImageSize(width: 9, height: 9), .gray, samples: [Int](repeating: 201, count: 81))
        let step = #"{ "op": "find-pattern", "pattern": [[1, 2], [3, 4]], "normalized": true }"#
        #expect(try Steps(step).run(picture).values.samples.allSatisfy { $0 == 0 })
    }

    @Test func aPatternWithoutSenseIsRefused() throws {
        for (keys, text) in [
            (#""pattern": [[1, 2]]"#, "needs the least response"),
            (#""pattern": [[1, 2]], "normalized": true, "threshold": 2"#, "a normalized response is −1…1"),
            (#""pattern": [[7, 7]], "normalized": true"#, "it has no shape"),
            (#""threshold": 1"#, #"the key "pattern" is missing"#),
        ] {
            #expect(Steps("{ \"op\": \"find-pattern\", \(keys) }").faults().contains(text))
        }
        #expect(throws: OperationError.self) {
            try Steps(#"{ "op": "find-pattern", "pattern": [[1, 2, 3]], "threshold": 1 }"#).run(
                Picture(random: 1, 2, 2))
        }
    }
}
