import Dataflow
import Kernels
import Processor
import Raster
import TestThreads
import Testing

@testable import Operations

/// Chains of steps, of every kind and with every arithmetic.
private struct RandomSteps {
    var randomness: Randomness

    init(_ seed: Int) { randomness = Randomness(seed) }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements.randomElement(using: &randomness)!
    }

    private mutating func matrix(_ most: Int) -> [[Int]] {
        let (rows, columns) = (Int.random(in: 1...5, using: &randomness), Int.random(in: 1...5, using: &randomness))
        return (0..<rows).map { _ in (0..<columns).map { _ in Int.random(in: -most...most, using: &randomness) } }
    }

    private mutating func convolve() -> String {
        let kernel = pick([
            "\"edges\"", "\"blur\"", "\"sharpen\"", "\"sobel-x\"", "\"emboss\"", "{ \"gaussian\": 1.1 }",
            "{ \"box\": 2 }", "{ \"unsharp\": { \"sigma\": 0.8 } }", "\(matrix(1))", "\(matrix(30))", "\(matrix(9000))",
            "[[0.25, 0.5, 0.25]]", "[[0.123, 0.2], [0.77, -0.3]]", "[[1, 2, 1], [2, 4, 2], [1, 2, 1]]",
        ])
        let border = pick(["replicate", "reflect", "zero", "wrap"])
        let space = pick(["encoded", "encoded", "encoded", "linear"])
        let divisor = kernel.contains("\"edges\"") ? ", \"divisor\": 8" : ""
        return #"{ "op": "convolve", "kernel": \#(kernel), "border": "\#(border)", "space": "\#(space)"\#(divisor) }"#
    }

    private mutating func apply() -> String {
        let function = pick(PointFunction.Name.allCases)
        return
            #"{ "op": "apply", "function": "\#(function.rawValue)", "gain": \#(pick([1.0, 0.01, -0.5])), "bias": \#(pick([0.0, 3])) }"#
    }

    private mutating func resize() -> String {
        let filter = pick(ResampleFilter.allCases)
        let size = pick([
            "\"scale\": 0.4", "\"scale\": 1.7", "\"width\": 20, \"height\": 20, \"fit\": \"cover\"", "\"width\": 33",
        ])
        return #"{ "op": "resize", \#(size), "filter": "\#(filter.rawValue)" }"#
    }

    mutating func step() -> String {
        switch Int.random(in: 0..<12, using: &randomness) {
        case 0...3: convolve()
        case 4, 5: apply()
        case 6: resize()
        case 7: #"{ "op": "flip", "axis": "\#(pick(["horizontal", "vertical", "both"]))" }"#
        case 8: #"{ "op": "rotate", "angle": \#(pick([90, 180, 270, 12.5])), "x-n": 1 }"#
        case 9: #"{ "op": "gray" }"#
        case 10: #"{ "op": "crop", "width": 9, "height": 8, "gravity": "\#(pick(["center", "top-left", "bottom"]))" }"#
        default: #"{ "op": "find-pattern", "pattern": \#(matrix(5)), "threshold": 100, "border": "reflect" }"#
        }
    }

    /// A chain, whose middle comes back at its end by a combination.
    mutating func chain() -> [String] {
        var steps = (0..<Int.random(in: 1...3, using: &randomness)).map { _ in step() }
        guard pick([true, false]) else { return steps }
        let function = pick(Combine.Function.allCases)
        steps += [
            #"{ "op": "flip", "as": "a" }"#, convolve(), #"{ "op": "flip", "axis": "vertical", "as": "b" }"#,
            #"{ "op": "combine", "from": ["a", "b"], "function": "\#(function.rawValue)" }"#,
        ]
        return steps
    }
}

@Suite("The result does not depend on how the work is cut")
struct IndependenceTests {
    /// Chains that a picture allows, with their results.
    private static func chains(_ count: Int, seed: Int) -> [(steps: Steps, picture: Picture, result: Steps.Result)] {
        var random = RandomSteps(seed)
        var chains: [(Steps, Picture, Steps.Result)] = []
        while chains.count < count {
            let layout = ChannelLayout.allCases.randomElement(using: &random.randomness)!
            let type: SampleType = Bool.random(using: &random.randomness) ? .uint8 : .uint16
            let width = Int.random(in: 9...90, using: &random.randomness)
            let height = Int.random(in: 8...70, using: &random.randomness)
            let picture = Picture(random: chains.count, width, height, layout, type)
            let steps = Steps(random.chain())
            // Crops of pictures that have become too small, and the like, are no chains.
            guard let result = try? steps.run(picture) else { continue }
            chains.append((steps, picture, result))
        }
        return chains
    }

    /// The first place where two results differ: whole results fill a log with millions of numbers.
    private func difference(_ a: Steps.Result, _ b: Steps.Result, ofBytesOnly: Bool = false) -> String? {
        if a.values.size != b.values.size { return "\(a.values.size) and \(b.values.size) pixels" }
        if let index = zip(a.bytes, b.bytes).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
            return "byte \(index): \(a.bytes[index]) and \(b.bytes[index])"
        }
        if ofBytesOnly { return nil }
        let samples = zip(a.values.samples, b.values.samples).enumerated()
        if let (index, pair) = samples.first(where: { $0.element.0 != $0.element.1 && !$0.element.0.isNaN }) {
            return "sample \(index): \(pair.0) and \(pair.1)"
        }
        let places = [a, b].map { $0.findings.compactMap { $0.value as? PatternPlaces } }
        return places[0] == places[1] ? nil : "places"
    }

    private func expectSame(
        _ a: Steps.Result, _ b: Steps.Result, ofBytesOnly: Bool = false, _ what: String,
        _ place: SourceLocation = #_sourceLocation
    ) {
        let difference = difference(a, b, ofBytesOnly: ofBytesOnly)
        #expect(difference == nil, "\(what)", sourceLocation: place)
    }

    @Test(arguments: 0..<6) func stripsRoundsBandsThreadsAndStreams(_ seed: Int) throws {
        for chain in Self.chains(6, seed: seed) {
            for stripRows in [1, 2, 3, 8, 64] {
                for (width, bands) in [(1, 1), (1, 2), (3, 1), (3, 2), (2, 5)] {
                    var steps = chain.steps
                    steps.options.stripRows = stripRows
                    steps.options.bandCount = bands
                    steps.options.roundRows = [nil, 1, 7, 16, 1000][(stripRows + bands) % 5]
                    steps.workers = width == 1 ? SingleWorker() : ThreadWorkers(width: width)
                    steps.streams = (stripRows + width) % 2 == 0
                    let result = try steps.run(chain.picture)
                    expectSame(result, chain.result, "\(steps.json) \(steps.options) \(width)")
                }
            }
        }
    }

    @Test(.enabled(if: InstructionLevel.current == .wide), arguments: 0..<6)
    func theLevelOfInstructions(_ seed: Int) throws {
        for chain in Self.chains(20, seed: 200 + seed) {
            var steps = chain.steps
            steps.loops = .at(.baseline)
            let result = try steps.run(chain.picture)
            expectSame(result, chain.result, ofBytesOnly: true, "\(steps.json)")
            // The plans may differ, and with them the type of exact samples.
            if chain.result.format.isExact, result.format.isExact {
                #expect(result.values.distance(to: chain.result.values) < 1e-9, "\(steps.json)")
            }
        }
    }

    @Test(arguments: 0..<6) func everySubsetOfRewrites(_ seed: Int) throws {
        let rewrites: [Rewrite] = [.narrowIntegers, .byteQuads, .joinedKernels, .runningSums, .separable, .tables]
        for chain in Self.chains(8, seed: 100 + seed) {
            for subset in 0..<1 << rewrites.count {
                var steps = chain.steps
                steps.rewrites = Set(rewrites.indices.filter { subset >> $0 & 1 == 1 }.map { rewrites[$0] })
                let result = try steps.run(chain.picture)
                expectSame(result, chain.result, ofBytesOnly: true, "\(steps.json) \(steps.rewrites)")
                if chain.result.format.isExact, result.format.isExact {
                    #expect(result.values.distance(to: chain.result.values) < 1e-9, "\(steps.json)")
                }
            }
        }
    }

    @Test(arguments: [ChannelLayout.gray, .rgb], [SampleType.uint8, .uint16])
    func exactArithmeticIsTheSameWithoutAnyRewrite(_ layout: ChannelLayout, _ type: SampleType) throws {
        var randomness = Randomness(3)
        let picture = Picture(random: 12, 83, 31, layout, type)
        for _ in 0..<40 {
            let (rows, columns) = (Int.random(in: 1...9, using: &randomness), Int.random(in: 1...9, using: &randomness))
            let most = [1, 3, 40, 3000].randomElement(using: &randomness)!
            let row = (0..<columns).map { _ in Int.random(in: -most...most, using: &randomness) }
            let noise = (0..<rows).map { _ in
                (0..<columns).map { _ in Int.random(in: -most...most, using: &randomness) }
            }
            for kernel in [noise, noise.map { _ in row }, noise.map { line in row.map { $0 * line[0] } }] {
                var steps = Steps(
                    #"{ "op": "convolve", "kernel": \#(kernel) }"#, #"{ "op": "convolve", "kernel": "edges" }"#)
                let all = try steps.run(picture)
                steps.rewrites = []
                let none = try steps.run(picture)
                expectSame(all, none, ofBytesOnly: true, "\(kernel)")
                if all.format.isExact, none.format.isExact {
                    #expect(all.values.distance(to: none.values) < 1e-9, "\(kernel)")
                }
            }
        }
    }

    /// Rows of several blocks, and results that go past the caches.
    @Test(arguments: InstructionLevel.allCases.filter { $0 <= .current })
    func largePictures(_ level: InstructionLevel) throws {
        for (width, height) in [(1501, 23), (1367, 1050)] {
            let picture = Picture(random: 4, width, height, .rgb)
            for names in [["sharpen"], ["blur", "sharpen", "edges"]] {
                var steps = Steps(names.map { #"{ "op": "convolve", "kernel": "\#($0)", "border": "reflect" }"# })
                steps.rewrites = [.wholeChains]
                let plain = try steps.run(picture)
                steps.rewrites = Set(Rewrite.allCases)
                steps.loops = .at(level)
                expectSame(try steps.run(picture), plain, ofBytesOnly: true, "\(names) \(width)×\(height)")
                steps.workers = ThreadWorkers(width: 2)
                expectSame(try steps.run(picture), plain, ofBytesOnly: true, "\(names) \(width)×\(height)")
            }
        }
    }
}
