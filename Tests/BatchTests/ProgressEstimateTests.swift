import Batch
import Testing

@Suite("The time that a batch still takes is told with its spread")
struct ProgressEstimateTests {
    @Test func evenFilesHaveNoSpread() throws {
        var estimate = ProgressEstimate()
        for index in 1...10 { estimate.note(at: Double(index) * 2) }
        let rest = try #require(estimate.remaining(files: 50))
        #expect(abs(rest.seconds - 100) < 1e-9 && rest.spread < 1e-6)
    }

    /// Of many runs with the same distribution, about two thirds end within the spread, which a normal one says.
    @Test func theSpreadIsThatOfTheRest() throws {
        var generator = Lehmer()
        var within = 0
        for _ in 0..<400 {
            var estimate = ProgressEstimate()
            var time = 0.0
            for _ in 0..<50 {
                time += generator.next()
                estimate.note(at: time)
            }
            let told = try #require(estimate.remaining(files: 100))
            let truth = (0..<100).reduce(0.0) { sum, _ in sum + generator.next() }
            if abs(told.seconds - truth) <= told.spread { within += 1 }
        }
        #expect((230...310).contains(within), "\(within) of 400")
    }

    @Test func nothingIsToldTooEarly() {
        var estimate = ProgressEstimate()
        for index in 1...7 { estimate.note(at: Double(index)) }
        #expect(estimate.remaining(files: 3) == nil)
    }

    private struct Lehmer {
        private var state: UInt64 = 12_345

        /// 0…1.
        mutating func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
    }
}
