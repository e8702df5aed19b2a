import NetworkKernels

extension Loops {
    public static func gather(
        _ input: UnsafePointer<Float>, places: UnsafePointer<Int32>, to out: UnsafeMutablePointer<Float>, count: Int
    ) {
        for i in 0..<count { store(load(input + Int(places[i]) * 16), out + i * 16) }
    }

    public static func resampleRows(
        _ axis: ResamplingAxis, _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, width: Int,
        outputs: Range<Int>
    ) {
        if width == 16 {
            axis.places.withUnsafeBufferPointer { places in
                axis.weights.withUnsafeBufferPointer { weights in
                    for o in outputs {
                        var sum = Vector.zero
                        for t in 0..<axis.taps {
                            sum +=
                                Vector(weights[o * axis.taps + t]) * load(input + Int(places[o * axis.taps + t]) * 16)
                        }
                        store(sum, out + o * 16)
                    }
                }
            }
            return
        }
        for o in outputs {
            let target = out + o * width
            for t in 0..<axis.taps {
                let weight = axis.weights[o * axis.taps + t]
                let source = input + Int(axis.places[o * axis.taps + t]) * width
                if t == 0 {
                    for i in 0..<width { target[i] = weight * source[i] }
                } else if weight != 0 {
                    for i in 0..<width { target[i] += weight * source[i] }
                }
            }
        }
    }

    public static func resampleRow(
        _ axis: ResamplingAxis, _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, count: Int
    ) {
        axis.places.withUnsafeBufferPointer { places in
            axis.weights.withUnsafeBufferPointer { weights in
                for o in 0..<count {
                    var sum: Float = 0
                    for t in 0..<axis.taps { sum += weights[o * axis.taps + t] * input[Int(places[o * axis.taps + t])] }
                    out[o] = sum
                }
            }
        }
    }
}
