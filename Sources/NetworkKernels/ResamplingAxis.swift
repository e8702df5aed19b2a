/// Weighted sums of a few elements along one axis, as Resize does them one axis after the other.
public struct ResamplingAxis: Sendable {
    /// For each output place `taps` source places and their weights.
    public let taps: Int
    public let places: [Int32]
    public let weights: [Float]

    public init(taps: Int, places: [Int32], weights: [Float]) {
        self.taps = taps
        self.places = places
        self.weights = weights
    }
}
