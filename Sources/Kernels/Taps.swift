/// One product of a convolution: `weight` times the sample `offset` samples to the right in row `row`.
public struct Tap<Weight: Sendable & Equatable>: Sendable, Equatable {
    public var row: Int
    public var offset: Int
    public var weight: Weight

    public init(row: Int, offset: Int, weight: Weight) {
        self.row = row
        self.offset = offset
        self.weight = weight
    }
}

/// `output[x] = Σ weight · rows[row][x + offset]` over the taps, for `x` in `0..<count`; sums wrap around.
///
/// This is the definition that the faster versions are compared with.
public func convolveTapsScalar<Sample: FixedWidthInteger>(
    _ rows: UnsafePointer<UnsafePointer<Sample>>, _ taps: UnsafeBufferPointer<Tap<Sample>>,
    _ output: UnsafeMutablePointer<Sample>, count: Int
) {
    for x in 0..<count {
        var sum: Sample = 0
        for tap in taps { sum = sum &+ rows[tap.row][x + tap.offset] &* tap.weight }
        output[x] = sum
    }
}

/// `output[x] = Σ weight · rows[row][x + offset]` in the order of the taps, each product added by one rounding.
public func convolveTapsScalar(
    _ rows: UnsafePointer<UnsafePointer<Float>>, _ taps: UnsafeBufferPointer<Tap<Float>>,
    _ output: UnsafeMutablePointer<Float>, count: Int
) {
    for x in 0..<count {
        var sum: Float = 0
        for tap in taps { sum.addProduct(tap.weight, rows[tap.row][x + tap.offset]) }
        output[x] = sum
    }
}
