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

    /// `out[o, c] = Σₜ w[o, t] · in[place[o, t], c]` for rows of `width` elements that lie together.
    public func rows(
        _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, width: Int, outputs: Range<Int>
    ) {
        if width == 8 {
            places.withUnsafeBufferPointer { places in
                weights.withUnsafeBufferPointer { weights in
                    for o in outputs {
                        var sum = Vector.zero
                        for t in 0..<taps {
                            sum += Vector(weights[o * taps + t]) * load(input + Int(places[o * taps + t]) * 8)
                        }
                        store(sum, out + o * 8)
                    }
                }
            }
            return
        }
        for o in outputs {
            let target = out + o * width
            for t in 0..<taps {
                let weight = weights[o * taps + t]
                let source = input + Int(places[o * taps + t]) * width
                if t == 0 {
                    for i in 0..<width { target[i] = weight * source[i] }
                } else if weight != 0 {
                    for i in 0..<width { target[i] += weight * source[i] }
                }
            }
        }
    }

    /// The same along the innermost axis of one row.
    public func row(_ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, count: Int) {
        places.withUnsafeBufferPointer { places in
            weights.withUnsafeBufferPointer { weights in
                for o in 0..<count {
                    var sum: Float = 0
                    for t in 0..<taps { sum += weights[o * taps + t] * input[Int(places[o * taps + t])] }
                    out[o] = sum
                }
            }
        }
    }
}
