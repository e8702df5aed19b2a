import Kernels
import Testing

@Suite("Every way of adding up taps equals its definition")
struct TapTests {
    /// Rows with room for offsets on both sides, and pointers to their first sample.
    private func withRows<Sample: BitwiseCopyable & Equatable & Numeric>(
        _ rows: [[Sample]], fence: Sample, _ body: (UnsafePointer<UnsafePointer<Sample>>) -> Void
    ) {
        let guarded = rows.map { GuardedRow($0, fence: fence) }
        let pointers = guarded.map { UnsafePointer($0.start) }
        pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
        #expect(guarded.allSatisfy { $0.isIntact })
    }

    private func compareWhole<Sample: FixedWidthInteger & BitwiseCopyable & Sendable>(
        weights: [Sample], seed: Int,
        by convolve: (
            UnsafePointer<UnsafePointer<Sample>>, UnsafeBufferPointer<Tap<Sample>>, UnsafeMutablePointer<Sample>, Int
        ) -> Void
    ) {
        var randomness = Randomness(seed)
        for length in rowLengths {
            for fill in Fill.allCases {
                let rows = (0..<3).map { _ in fill.samples(length, in: Sample.min...Sample.max, &randomness) }
                let taps = weights.enumerated().map { Tap(row: $0 % 3, offset: $0 / 3 - 1, weight: $1) }
                let fast = GuardedRow([Sample](repeating: 1, count: length), fence: 77)
                let plain = GuardedRow([Sample](repeating: 2, count: length), fence: 77)
                withRows(rows, fence: 3) { pointers in
                    taps.withUnsafeBufferPointer {
                        convolve(pointers, $0, fast.start, length)
                        convolveTapsScalar(pointers, $0, plain.start, count: length)
                    }
                }
                #expect(fast.samples == plain.samples)
                #expect(fast.isIntact && plain.isIntact)
            }
        }
    }

    @Test(
        arguments: [
            [], [1], [-1], [7], [1, -1, 2, 0, 1, 1, -1, -1, 3], [-1, -1, -1, -1, 8, -1, -1, -1, -1],
            [300, -32768, 32767, 5],
        ] as [[Int16]])
    func whole16(_ weights: [Int16]) {
        compareWhole(weights: weights, seed: weights.count, by: convolveTaps)
    }

    @Test(arguments: [[], [1], [-70_000, 3, 1, 0, Int32.max, Int32.min]] as [[Int32]])
    func whole32(_ weights: [Int32]) {
        compareWhole(weights: weights, seed: weights.count, by: convolveTaps)
    }

    @Test(arguments: [[], [1], [0.1, -0.7, 1e-3, 250, 0, 1.0 / 9, 0.3, 0.3, 2]] as [[Float]])
    func floats(_ weights: [Float]) {
        var randomness = Randomness(weights.count)
        for length in rowLengths {
            for fill in Fill.allCases {
                let rows = (0..<3).map { _ in fill.samples(length, in: Float(-1000)...70_000, &randomness) }
                let taps = weights.enumerated().map { Tap(row: $0 % 3, offset: $0 / 3 - 1, weight: $1) }
                let fast = GuardedRow([Float](repeating: 1, count: length), fence: 77)
                let plain = GuardedRow([Float](repeating: 2, count: length), fence: 77)
                withRows(rows, fence: 3) { pointers in
                    taps.withUnsafeBufferPointer {
                        convolveTaps(pointers, $0, fast.start, count: length)
                        convolveTapsScalar(pointers, $0, plain.start, count: length)
                    }
                }
                #expect(fast.samples == plain.samples)
                #expect(fast.isIntact && plain.isIntact)
            }
        }
    }

    @Test func sumsOf16BitsAddUpIn32() {
        var randomness = Randomness(4)
        for length in rowLengths {
            let parts = (0..<3).map { _ in Fill.random.samples(length, in: Int16.min...Int16.max, &randomness) }
            let sums = GuardedRow([Int32](repeating: 9, count: length), fence: 77)
            for (index, part) in parts.enumerated() {
                accumulate(part, into: sums.start, isFirst: index == 0, count: length)
            }
            #expect(sums.samples == (0..<length).map { x in parts.reduce(0) { $0 + Int32($1[x]) } })
            #expect(sums.isIntact)
        }
    }
}
