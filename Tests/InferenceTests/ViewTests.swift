import ONNX
import Testing

@testable import Inference

/// What is only another look at an input's memory: shapes, slices of the first axes, picked places.
@Suite("Views of a value are the value's own memory, and nobody writes over what a view still shows")
struct ViewTests {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    /// Views of views, and functions and pairs that would like to write in place, in any order.
    @Test(arguments: 0..<300) func randomGraphs(seed: Int) throws {
        var random = Generator(state: UInt64(seed) &* 7919 &+ 1)
        var b = ModelBuilder(), shapes: [(name: String, shape: [Int])] = [("first", [4, 6, 8])]
        b.input("x", [4, 6, 8])
        b.node("Neg", ["x"], ["first"])
        for number in 0..<Int.random(in: 3...14, using: &random) {
            let (source, shape) = shapes.randomElement(using: &random)!, name = "v\(number)"
            var made = shape
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where shape[0] > 1:
                let first = Int.random(in: 0..<shape[0] - 1, using: &random)
                let last = Int.random(in: first + 1...shape[0], using: &random)
                made[0] = last - first
                b.integers(name + "from", [Int64(first)])
                b.integers(name + "to", [Int64(last)])
                b.integers(name + "axis", [0])
                b.node("Slice", [source, name + "from", name + "to", name + "axis"], [name])
            case 1 where shape.count > 1:
                let place = Int.random(in: -shape[0]..<shape[0], using: &random)
                made = Array(shape[1...])
                b.integers(name + "place", [Int64(place)], shape: [])
                b.node("Gather", [source, name + "place"], [name])
            case 2:
                made = [1, shape.reduce(1, *)]
                b.integers(name + "shape", made.map { Int64($0) })
                b.node("Reshape", [source, name + "shape"], [name])
            case 3:
                b.node("Sin", [source], [name])
            default:
                // With itself, with a view of itself, or with what can be spread over it.
                let partner = shapes.filter { other in
                    guard let together = try? broadcast([shape, other.shape]) else { return false }
                    return together.reduce(1, *) <= 400
                }.randomElement(using: &random)
                guard let partner, let together = try? broadcast([shape, partner.shape]) else { continue }
                made = together
                b.node(["Add", "Mul", "Sub"].randomElement(using: &random)!, [source, partner.name], [name])
            }
            shapes.append((name, made))
        }
        b.outputs = Array(Set([shapes.last!.name, shapes.randomElement(using: &random)!.name]))
        _ = try runAsDefined(b.model, within: 1e-5)
    }

    /// Queries, keys and values out of one product, as a transformer cuts them.
    @Test func partsAreNotCopied() throws {
        var b = ModelBuilder()
        b.input("x", [10, 96])
        b.node("Neg", ["x"], ["n"])
        b.integers("heads", [10, 3, 4, 8])
        b.node("Reshape", ["n", "heads"], ["h"])
        b.node("Transpose", ["h"], ["t"], ["perm": .integers([1, 2, 0, 3])])
        for part in 0..<3 {
            b.integers("place\(part)", [Int64(part)], shape: [])
            b.node("Gather", ["t", "place\(part)"], ["p\(part)"])
        }
        b.node("Mul", ["p0", "p1"], ["m"])
        b.node("Add", ["m", "p2"], ["y"])
        b.outputs = ["y"]
        let model = b.model, inputs = try ModelBuilder.randomInputs(model)
        let network = try Network(model), plan = try network.plan(for: inputs.mapValues(\.type))
        let place = Dictionary(grouping: plan.report, by: \.operatorName).mapValues { $0.map(\.offset) }
        let whole = try #require(place["Transpose"]?.first ?? nil)
        #expect(place["Gather"] == [whole, whole + 4 * 320, whole + 8 * 320])
        #expect(
            relativeDifference(try network.run(inputs)["y"]!, try ModelBuilder.evaluate(model, inputs)["y"]!) < 1e-6)
    }

    /// A small part would keep all of a large value in memory.
    @Test func smallPartsAreCopied() throws {
        var b = ModelBuilder()
        b.input("x", [64, 1000])
        b.node("Neg", ["x"], ["n"])
        b.integers("place", [3])
        b.node("Gather", ["n", "place"], ["p"])
        b.outputs = ["p"]
        for index in 0..<3 {
            b.node("Sin", [index == 0 ? "n" : "s\(index - 1)"], ["s\(index)"])
        }
        b.node("Add", ["s2", "p"], ["y"])
        b.outputs = ["y"]
        let model = b.model, inputs = try ModelBuilder.randomInputs(model)
        let plan = try Network(model).plan(for: inputs.mapValues(\.type))
        #expect(plan.arenaByteCount < 64 * 4000 + 10_000)
    }
}
