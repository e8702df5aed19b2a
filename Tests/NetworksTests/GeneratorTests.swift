import Testing

@testable import Networks

@Suite("Numbers by chance are normally distributed, and the same for the same seed")
struct GeneratorTests {
    private func numbers(_ count: Int, seed: UInt64, number: Int) -> [Double] {
        var random = NormalNumbers(seed: seed, number: number)
        return (0..<count).map { _ in random.next() }
    }

    @Test func momentsAreThoseOfTheDistribution() {
        let values = numbers(200_000, seed: 7, number: 3)
        func moment(_ power: Int) -> Double {
            values.reduce(0) { sum, value in sum + (0..<power).reduce(1.0) { product, _ in product * value } }
                / Double(values.count)
        }
        #expect(abs(moment(1)) < 0.01 && abs(moment(2) - 1) < 0.02 && abs(moment(3)) < 0.05 && abs(moment(4) - 3) < 0.1)
        // 68.27 % lie within one deviation.
        #expect(abs(Double(values.count { abs($0) < 1 }) / 200_000 - 0.6827) < 0.005)
    }

    @Test func seedsAndNumbersTellApart() {
        #expect(numbers(9, seed: 1, number: 0) == numbers(9, seed: 1, number: 0))
        #expect(numbers(9, seed: 1, number: 0) != numbers(9, seed: 1, number: 1))
        #expect(numbers(9, seed: 1, number: 0) != numbers(9, seed: 2, number: 0))
    }
}
